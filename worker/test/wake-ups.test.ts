import { randomUUID } from 'node:crypto';
import { type Bus, openBus } from '@carillon/bus';
import { startWork, type Work } from '@carillon/jobs/work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { startWakeUps } from '../src/webhooks/wake-ups.ts';
import { openWorkerFixture, serversInstalled, type WorkerFixture } from './worker-fixture.ts';

type Receiver = Parameters<Bus['subscribe']>[0];

describe.skipIf(!serversInstalled)('a message on the bus', () => {
  let fixture: WorkerFixture;
  let bus: Bus;
  let work: Work;
  const looked: string[] = [];
  beforeAll(async () => {
    fixture = await openWorkerFixture();
    bus = await openBus(`memory:${randomUUID()}`);
    work = startWork(fixture.jobsUrl, {
      log: { warn: () => {}, error: () => {} },
      handlers: { deliver: async (id) => void looked.push(id), export: async () => {}, upkeep: {} },
    });
  });
  afterAll(async () => {
    await work?.close();
    await bus?.close();
    await fixture?.close();
  });
  const publish = async (channel: string) =>
    bus.publish(channel, (await fixture.history.messages(channel, { limit: 1 })).messages);

  it('has the webhooks of its channel looked at, and no others', async () => {
    const { webhooks } = fixture.history;
    const wakeUps = await startWakeUps({ bus, webhooks, jobs: fixture.jobs });
    const hooks = await Promise.all(
      ['a', 'a', 'b', 'c'].map((channel) => fixture.hook('http://127.0.0.1/', channel)),
    );
    for (const channel of ['a', 'b', 'c', 'd']) await fixture.post(channel, 1);
    await publish('a');
    await publish('a');
    await publish('c');
    await publish('d');
    const expected = [0, 1, 3].map((index) => hooks[index]?.id);
    // A worker that is quicker than the second message of a channel looks twice.
    await eventually('the looks', () => new Set(looked).size >= expected.length);
    expect([...new Set(looked)].sort()).toEqual(expected.sort());
    await wakeUps.close();
    await publish('b');
    await fixture.jobs.ping(10_000);
    expect(looked).not.toContain(hooks[2]?.id);
  });

  it('is taken from a bus that waits for it once the webhooks were looked for', async () => {
    let receive: Receiver = () => {};
    const waiting: Bus = Object.assign(Object.create(bus), {
      subscribe: async (given: Receiver) => {
        receive = given;
        return async () => {};
      },
    });
    const asked: string[][] = [];
    let answer: (due: string[]) => void = () => {};
    const dueOf = (channels: readonly string[]) => {
      asked.push([...channels]);
      return new Promise<string[]>((resolve) => {
        answer = resolve;
      });
    };
    const webhooks = { ...fixture.history.webhooks, dueOf };
    const wakeUps = await startWakeUps({ bus: waiting, webhooks, jobs: fixture.jobs });
    const taken: string[] = [];
    const give = async (channel: string) => {
      await receive(channel, []);
      taken.push(channel);
    };
    const first = [give('a'), give('b')];
    await eventually('the first look', () => asked.length === 1);
    const second = give('c');
    await fixture.jobs.ping(10_000);
    expect(taken).toEqual([]);
    answer([]);
    await Promise.all(first);
    await eventually('the second look', () => asked.length === 2);
    expect(taken).toEqual(['a', 'b']);
    answer([]);
    await second;
    expect(asked).toEqual([['a', 'b'], ['c']]);
    await wakeUps.close();
  });

  it('ends nothing where the store or the queue refuses', async () => {
    const wakeUps = await startWakeUps({
      bus,
      jobs: fixture.jobs,
      webhooks: { ...fixture.history.webhooks, dueOf: () => Promise.reject(new Error('away')) },
    });
    await publish('a');
    await fixture.jobs.ping(10_000);
    await wakeUps.close();
  });
});
