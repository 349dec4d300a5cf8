import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { kafkaInstalled } from '../../../tests/servers/kafka.ts';
import { lentKafka } from '../../../tests/servers/lent.ts';

const run = promisify(execFile);
/** Built: `npm test` builds before it runs. */
const MAIN = fileURLToPath(new URL('../../../chat-service/dist/create-topics.js', import.meta.url));

async function createTopics(env: Record<string, string>): Promise<string> {
  return (await run(process.execPath, [MAIN], { env: { PATH: process.env.PATH, ...env } })).stdout;
}

describe.runIf(kafkaInstalled)('create-topics', { timeout: 180_000 }, () => {
  /** Of the broker, without a topic. */
  let broker: string;
  const url = (topic: string) => `${broker}/${topic}`;
  beforeAll(async () => {
    broker = `kafka://${new URL(await lentKafka()).host}`;
  });

  async function topic(name: string): Promise<{ partitions: number; settings: Record<string, string> }> {
    const admin = new KafkaClient({
      brokers: [new URL(broker).host],
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    const resources = [{ type: 2, name }];
    const { resources: described } = await admin.describeConfigs({ resources, includeSynonyms: false });
    await admin.disconnect();
    const settings = (described[0]?.configEntries ?? []).map(({ configName, configValue }) => [
      configName,
      configValue,
    ]);
    return { partitions: topics[0]?.partitions.length ?? 0, settings: Object.fromEntries(settings) };
  }

  it('makes the topic as its environment says, once', async () => {
    const env = { BUS_URL: `mqtt://broker ${url('carillon.messages')}` };
    expect(await createTopics(env)).toBe('carillon.messages: made, partitions: 6\n');
    expect(await topic('carillon.messages')).toMatchObject({
      partitions: 6,
      settings: {
        'retention.ms': String(7 * 24 * 60 * 60 * 1_000),
        'min.insync.replicas': '1',
        'max.message.bytes': String(528 * 1024),
        'cleanup.policy': 'delete',
        'compression.type': 'producer',
      },
    });
    expect(await createTopics(env)).toBe('carillon.messages: is there, partitions: 6\n');
  });

  it('names the topic by its prefix where the URL names none', async () => {
    const env = { BUS_URL: broker, TOPICS_PREFIX: 'carillon-dev' };
    expect(await createTopics(env)).toBe('carillon-dev.messages: made, partitions: 6\n');
  });

  it('adds partitions and never takes any, and changes only settings that are its own', async () => {
    expect(await createTopics({ BUS_URL: url('grows'), ENVIRONMENT: 'dev' })).toContain('partitions: 1\n');
    const { settings } = await topic('grows');
    expect(settings['retention.ms']).toBe(String(24 * 60 * 60 * 1_000));
    const admin = new KafkaClient({
      brokers: [new URL(broker).host],
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const configEntries = [{ name: 'segment.ms', value: '7200000' }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: 'grows', configEntries }] });
    await admin.disconnect();

    const more = { KAFKA_PARTITIONS: '4', KAFKA_RETENTION_HOURS: '2' };
    expect(await createTopics({ BUS_URL: url('grows'), ...more })).toContain('partitions: 4\n');
    expect(await topic('grows')).toMatchObject({
      partitions: 4,
      settings: { 'retention.ms': '7200000', 'segment.ms': '7200000' },
    });
    expect(await createTopics({ BUS_URL: url('grows'), ENVIRONMENT: 'dev' })).toContain('partitions: 4\n');
  });

  it('says what is wrong with the environment, and why a topic cannot be made', async () => {
    const faults = createTopics({ BUS_URL: 'amqp://h', ENVIRONMENT: 'moon', KAFKA_PARTITIONS: '0' });
    await expect(faults).rejects.toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/BUS_URL: .*ENVIRONMENT: .*KAFKA_PARTITIONS: must be a number/s),
    });
    const three = createTopics({ BUS_URL: url('replicated'), ENVIRONMENT: 'prod', WAIT_SECONDS: '1' });
    await expect(three).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Replication-factor is invalid/),
    });
  });
});
