import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Kafka, kafkaInstalled, startKafka } from '../../../tests/servers/kafka.ts';
import { type Bus, openBus } from '../src/index.ts';
import { createTopics } from '../src/kafka-topics.ts';
import { HEARD_WITHIN, hear } from './contract.ts';
import { settingsOf } from './kafka-topic.ts';
import { messageOf } from './message.ts';

const TOPIC = { partitions: 1, replicationFactor: 1, retentionMs: 3_600_000, minInSyncReplicas: 1 };

/** Of a batch in the log: its attributes, whose lowest three bits name the compression (Kafka, "Record Batch"). */
const ATTRIBUTES_AT = 21;
const [NONE, ZSTD] = [0, 4];

describe.runIf(kafkaInstalled)('a broker whose own compression.type is zstd', { timeout: 240_000 }, () => {
  let broker: Kafka;
  const opened: Bus[] = [];
  beforeAll(async () => {
    broker = await startKafka({ partitions: 0, settings: ['compression.type=zstd'] });
  });
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
  afterAll(() => broker?.stop());

  async function open(url: string, options = {}): Promise<Bus> {
    const bus = await openBus(url, options);
    opened.push(bus);
    await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
    return bus;
  }

  /** The compression of each batch that a topic has on the broker's disk. */
  async function compressions(topic: string): Promise<number[]> {
    const directory = join(broker.directory, 'log', `${topic}-0`);
    const found: number[] = [];
    for (const name of (await readdir(directory)).filter((each) => each.endsWith('.log')).sort()) {
      const log = await readFile(join(directory, name));
      for (let at = 0; at + ATTRIBUTES_AT < log.length; at += 12 + log.readInt32BE(at + 8)) {
        found.push(log.readInt16BE(at + ATTRIBUTES_AT) & 0b111);
      }
    }
    return found;
  }

  async function makeTopic(topic: string): Promise<void> {
    const admin = new KafkaClient({
      brokers: [new URL(broker.url).host],
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    await admin.disconnect();
  }

  it('keeps what is written as it is in the topics that create-topics made, or took over', async () => {
    await makeTopic('taken-over');
    await createTopics(`${broker.url}/made`, TOPIC, { withinMs: 60_000 });
    for (const topic of ['made', 'taken-over']) {
      const url = `${broker.url}/${topic}`;
      const [writer, reader] = [await open(url), await open(url)];
      const heard = await hear(reader);
      await writer.publish('lobby', [messageOf('lobby', 1, 'x'.repeat(1_000))]);
      await createTopics(url, TOPIC, { withinMs: 60_000 });
      expect((await settingsOf(url))['compression.type']).toBe('producer');
      await writer.publish('lobby', [messageOf('lobby', 2, 'x'.repeat(1_000))]);
      await vi.waitUntil(() => heard.messages.length >= 2, HEARD_WITHIN);
      expect(await compressions(topic)).toEqual([topic === 'made' ? NONE : ZSTD, NONE]);
    }
  });
});
