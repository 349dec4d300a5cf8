import { openBus } from '@carillon/bus';
import { startWork, type Work } from '@carillon/jobs/work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { kafkaInstalled } from '../../tests/servers/kafka.ts';
import { lentKafka } from '../../tests/servers/lent.ts';
import { BUS_GROUP, busToRead } from '../src/config.ts';
import { startWakeUps } from '../src/webhooks/wake-ups.ts';
import { openWorkerFixture, serversInstalled, type WorkerFixture } from './worker-fixture.ts';

const SLOW_MS = 240_000;
const WITHIN_MS = 60_000;

it('of several buses Kafka is read, else the first', () => {
  expect(busToRead('mqtt://a')).toBe('mqtt://a');
  expect(busToRead(' mqtts://a\nmqtt://b ')).toBe('mqtts://a');
  expect(busToRead('mqtt://a kafkas://u:p@b,c/topic')).toBe('kafkas://u:p@b,c/topic');
  expect(busToRead('kafka://a mqtt://b')).toBe('kafka://a');
});

describe.skipIf(!serversInstalled || !kafkaInstalled)('wake-ups from Kafka', () => {
  let fixture: WorkerFixture;
  let kafka: string;
  let work: Work;
  const looked: string[] = [];
  beforeAll(async () => {
    [fixture, kafka] = await Promise.all([openWorkerFixture(), lentKafka()]);
    work = startWork(fixture.jobsUrl, {
      log: { warn: () => {}, error: () => {} },
      handlers: { deliver: async (id) => void looked.push(id), export: async () => {}, upkeep: {} },
    });
  });
  afterAll(async () => {
    await work?.close();
    await fixture?.close();
  });

  it(
    'come to one of the workers, and go on where they left off while none ran',
    async () => {
      const open = async () => {
        const bus = await openBus(busToRead(`mqtt://127.0.0.1:1 ${kafka}`), { group: BUS_GROUP });
        const wakeUps = await startWakeUps({ bus, webhooks: fixture.history.webhooks, jobs: fixture.jobs });
        return async () => {
          await wakeUps.close();
          await bus.close();
        };
      };
      const publisher = await openBus(kafka);
      const publish = async (channel: string) => {
        const messages = (await fixture.history.messages(channel, { limit: 1 })).messages;
        const sent = () =>
          publisher.publish(channel, messages).then(
            () => true,
            () => false,
          );
        await eventually('it on Kafka', sent, WITHIN_MS);
      };
      const hook = await fixture.hook('http://127.0.0.1/');
      const other = await fixture.hook('http://127.0.0.1/');
      for (const { channel } of [hook, other]) await fixture.post(channel, 1);

      const close = await open();
      await publish(hook.channel);
      await eventually('the first look', () => looked.includes(hook.id), WITHIN_MS);
      await close();
      expect(looked).not.toContain(other.id);
      await publish(other.channel);
      const closeAgain = await open();
      await eventually('the look that was missed', () => looked.includes(other.id), WITHIN_MS);
      await closeAgain();
      await publisher.close();
    },
    SLOW_MS,
  );
});
