import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type FaultFixture, openFaultFixture } from './fault-fixture.ts';
import { type Receiver, verify } from './receiver.ts';
import { serversInstalled } from './worker-fixture.ts';

const SLOW_MS = 180_000;
const WITHIN_MS = 60_000;

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Processes take seconds to start, and a killed one's work is free after some 20 s. */
describe.skipIf(!serversInstalled)('workers that fail', () => {
  let fixture: FaultFixture;
  beforeAll(async () => {
    fixture = await openFaultFixture();
  });
  afterEach(() => fixture?.clear());
  afterAll(() => fixture?.close());

  /** Every message arrived, and none for the first time before one that comes before it. */
  const expectAll = async (receiver: Receiver, count: number) => {
    await eventually(`${count} messages`, () => receiver.seqs().length >= count, WITHIN_MS);
    expect(receiver.seqs()).toEqual(range(1, count));
  };
  /** A receiver that takes some time, so that faults come in the middle. */
  const slowReceiver = async (ms = 20) => {
    const receiver = await fixture.receiver();
    receiver.answer = async (_request, response) => {
      await sleep(ms);
      response.writeHead(200).end();
    };
    return receiver;
  };

  it(
    'killed in the middle of webhooks, these are taken up by another: none lost, in order',
    async () => {
      const receivers = [await slowReceiver(), await slowReceiver(), await slowReceiver()];
      const hooks = await Promise.all(receivers.map((receiver) => fixture.hook(receiver.url)));
      const first = await fixture.spawn();
      for (const hook of hooks) await fixture.post(hook.channel, 300);
      await eventually(
        'all under way',
        () => receivers.every(({ received }) => received.length > 10),
        WITHIN_MS,
      );
      // It finds all of them held, by one that is about to die.
      await fixture.work();
      first.child.kill('SIGKILL');
      for (const [index, receiver] of receivers.entries()) {
        await expectAll(receiver, 300);
        // What was on its way when the worker died comes twice, and nothing else.
        expect(receiver.received.length).toBeLessThanOrEqual(301);
        const last = receiver.received.at(-1);
        if (last !== undefined) verify(hooks[index]?.secret ?? '', last);
      }
    },
    SLOW_MS,
  );

  it(
    'stopped in the middle of webhooks end in time, and what is left another sends, each once',
    async () => {
      const receiver = await slowReceiver(50);
      const hook = await fixture.hook(receiver.url);
      const first = await fixture.spawn();
      await fixture.post(hook.channel, 200);
      await eventually('it under way', () => receiver.received.length > 10, WITHIN_MS);
      // It would end with 1 after its grace time.
      first.child.kill('SIGTERM');
      expect(await first.exit, first.output()).toBe(0);
      await fixture.work();
      await expectAll(receiver, 200);
      expect(receiver.received.length).toBe(200);
    },
    SLOW_MS,
  );

  it(
    'stopped while a receiver hangs end in time',
    async () => {
      const receiver = await fixture.receiver();
      receiver.answer = () => {};
      const hook = await fixture.hook(receiver.url);
      const worker = await fixture.spawn();
      await fixture.post(hook.channel, 1);
      await eventually('the request', () => receiver.received.length > 0, WITHIN_MS);
      worker.child.kill('SIGTERM');
      expect(await worker.exit, worker.output()).toBe(0);
      receiver.answer = (_request, response) => void response.writeHead(200).end();
      await fixture.work();
      await eventually('it again', () => receiver.received.length > 1, WITHIN_MS);
    },
    SLOW_MS,
  );

  it(
    'stopped while Redis is away, and while the store is, end in time',
    async () => {
      const worker = await fixture.spawn();
      const other = await fixture.spawn();
      await fixture.redis.kill('SIGKILL');
      worker.child.kill('SIGTERM');
      expect(await worker.exit, worker.output()).toBe(0);
      await fixture.redis.restart();
      await fixture.postgres.kill('SIGKILL');
      other.child.kill('SIGTERM');
      expect(await other.exit, other.output()).toBe(0);
      await fixture.postgres.restart();
    },
    SLOW_MS,
  );

  it(
    'stopped while Redis and the store hang end in time, in the middle of webhooks',
    async () => {
      const receiver = await slowReceiver();
      const hook = await fixture.hook(receiver.url);
      const worker = await fixture.spawn();
      await fixture.post(hook.channel, 200);
      await eventually('it under way', () => receiver.received.length > 10, WITHIN_MS);
      fixture.redis.freeze();
      fixture.postgres.freeze();
      try {
        // So that the sweep, every 2 s, is held up too.
        await sleep(2_500);
        worker.child.kill('SIGTERM');
        expect(await worker.exit, worker.output()).toBe(0);
      } finally {
        fixture.redis.thaw();
        fixture.postgres.thaw();
      }
    },
    SLOW_MS,
  );

  it(
    'whose Redis is flushed, and killed, while they send lose nothing and keep the order',
    async () => {
      const receiver = await slowReceiver();
      const hook = await fixture.hook(receiver.url);
      await Promise.all([fixture.work(), fixture.work()]);
      await fixture.post(hook.channel, 100);
      for (const [round, fault] of [
        () => fixture.flush(),
        () => fixture.redis.kill('SIGKILL').then(() => fixture.redis.restart()),
        () => fixture.flush(),
      ].entries()) {
        await eventually('it under way', () => receiver.received.length > round * 100 + 30, WITHIN_MS);
        await fault();
        await fixture.post(hook.channel, 100);
      }
      await expectAll(receiver, 400);
      expect(receiver.received.length).toBe(400);
    },
    SLOW_MS,
  );

  it(
    'with the store away for a while lose nothing and keep the order',
    async () => {
      const receiver = await slowReceiver();
      const hook = await fixture.hook(receiver.url);
      await fixture.work();
      await fixture.post(hook.channel, 150);
      await eventually('it under way', () => receiver.received.length > 30, WITHIN_MS);
      await fixture.postgres.kill('SIGKILL');
      await fixture.postgres.restart();
      await expectAll(receiver, 150);
      expect(receiver.received.length).toBeLessThanOrEqual(151);
    },
    SLOW_MS,
  );
});
