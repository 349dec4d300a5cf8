import { getEventListeners } from 'node:events';
import type { Webhook } from '@carillon/history';
import { createLog } from '@carillon/runtime';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { query } from '../../tests/servers/postgres.ts';
import { createWorkerMetrics } from '../src/metrics.ts';
import { createDelivery } from '../src/webhooks/delivery.ts';
import { openSender } from '../src/webhooks/sender.ts';
import { type Receiver, verify } from './receiver.ts';
import { openWorkerFixture, serversInstalled, type WorkerFixture } from './worker-fixture.ts';

const SLOW_MS = 120_000;
const WITHIN_MS = 60_000;
/** Long enough for a request to arrive. */
const AT_ONCE_MS = 500;

/** The next time that is set for `ms` is over at once. */
function passAtOnceThatOnce(ms: number): void {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((given) => {
    if (given !== ms) return timeout(given);
    spy.mockRestore();
    return timeout(AT_ONCE_MS);
  });
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe.skipIf(!serversInstalled)('a webhook', () => {
  let fixture: WorkerFixture;
  beforeAll(async () => {
    fixture = await openWorkerFixture();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await fixture?.clear();
  });
  afterAll(() => fixture?.close());
  const has = (receiver: Receiver, count: number) =>
    eventually(`${count} messages`, () => receiver.seqs().length >= count, WITHIN_MS);
  /** The webhook as it is when it has failed: it is tried again soon. */
  const failing = (hook: Webhook) =>
    eventually(
      'a failure',
      async () => {
        const found = await fixture.webhook(hook);
        return found.failures > 0 && found;
      },
      WITHIN_MS,
    );

  it('is sent each message of its channel, once, in order, signed', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    await fixture.work();
    await fixture.work();
    await fixture.say(hook.channel, 120, 'é "quoted" \n 👩‍👩‍👧');
    await has(receiver, 120);
    expect(receiver.received.map(({ seq }) => seq)).toEqual(range(1, 120));
    const messages = await fixture.history.after(hook.channel, 0, 200);
    for (const [index, request] of receiver.received.entries()) {
      expect(verify(hook.secret, request)).toEqual({
        type: 'message.created',
        timestamp: messages[index]?.createdAt,
        data: messages[index],
      });
      expect(request.id).toBe(`${hook.id}.${index + 1}`);
      expect(request.headers['content-type']).toBe('application/json');
    }
    const [first] = receiver.received;
    if (first === undefined) throw new Error('nothing came');
    expect(() => verify('whsec_c2VjcmV0', first)).toThrow();
    expect(() => verify(hook.secret, { ...first, text: first.text.replace('Ada', 'Eve') })).toThrow();
    await eventually('the cursor', async () => (await fixture.webhook(hook)).cursor === 120);
  });

  it('is sent what became of messages too, and of a text that was deleted before it was sent nothing', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    const { channel } = hook;
    await fixture.say(channel, 2, 'a secret');
    const about = { channel, target: 1, author: { id: 'bob', name: 'Bob' } };
    await fixture.history.change({ type: 'edit', ...about, body: 'a secret, edited' });
    await fixture.history.change({ type: 'reaction', ...about, target: 2, emoji: '👍', op: 'add' });
    await fixture.history.change({ type: 'reaction', ...about, target: 2, emoji: '👍', op: 'remove' });
    const { channel: where, author } = about;
    for (const op of ['add', 'remove'] as const)
      await fixture.history.change({ type: 'pin', channel: where, author, message: 2, op });
    await fixture.history.change({ type: 'delete', ...about });
    await fixture.history.change({ type: 'delete', ...about, target: 2 });
    await fixture.work();
    await has(receiver, 9);
    const sent = receiver.received.map(
      (request) => verify(hook.secret, request) as { type: string; data: unknown },
    );
    expect(sent.map(({ type }) => type)).toEqual([
      'message.created',
      'message.created',
      'message.edited',
      'reaction.added',
      'reaction.removed',
      'message.pinned',
      'message.unpinned',
      'message.deleted',
      'message.deleted',
    ]);
    expect(sent.map(({ data }) => data)).toEqual(await fixture.history.after(channel, 0, 11));
    expect(receiver.received.map(({ text }) => text).join()).not.toContain('secret');
  });

  it('whose wake-up never came, or came to a queue that lost it, is found', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    await fixture.work();
    await fixture.post(hook.channel, 1);
    await has(receiver, 1);
    await fixture.flush();
    await fixture.post(hook.channel, 1);
    await has(receiver, 2);
  });

  it(
    'waits for a receiver that fails, and then has it all, in order, under the same ids',
    async () => {
      const receiver = await fixture.receiver();
      const hook = await fixture.hook(receiver.url);
      receiver.answer = ({ seq }, response) =>
        void response.writeHead(seq === 3 && receiver.received.length < 6 ? 500 : 200).end();
      await fixture.work();
      await fixture.say(hook.channel, 5);
      expect(await failing(hook)).toMatchObject({ cursor: 2, lastError: 'the receiver returned 500' });
      await has(receiver, 5);
      expect(receiver.received.map(({ seq }) => seq)).toEqual([1, 2, 3, 3, 3, 3, 4, 5]);
      const thirds = receiver.received.filter(({ seq }) => seq === 3);
      expect(new Set(thirds.map(({ id }) => id)).size).toBe(1);
      await eventually('the failures forgotten', async () => (await fixture.webhook(hook)).failures === 0);
    },
    SLOW_MS,
  );

  it('does not hold up another of the same channel', async () => {
    const [broken, whole] = [await fixture.receiver(), await fixture.receiver()];
    broken.answer = (_request, response) => void response.writeHead(500).end();
    const hook = await fixture.hook(broken.url);
    await fixture.hook(whole.url, hook.channel);
    await fixture.work();
    await fixture.say(hook.channel, 10);
    await Promise.all([has(whole, 10), has(broken, 1)]);
    expect(new Set(broken.seqs())).toEqual(new Set([1]));
  });

  it(
    'whose receiver hangs is tried again',
    async () => {
      const receiver = await fixture.receiver();
      const hook = await fixture.hook(receiver.url);
      receiver.answer = (_request, response) => {
        if (receiver.received.length > 1) response.writeHead(200).end();
      };
      passAtOnceThatOnce(10_000);
      await fixture.work();
      await fixture.say(hook.channel, 2);
      expect(await failing(hook)).toMatchObject({ failures: 1, lastError: 'no answer within 10 s' });
      await has(receiver, 2);
      expect(receiver.received.map(({ seq }) => seq)).toEqual([1, 1, 2]);
    },
    SLOW_MS,
  );

  it('takes a status for an answer, whatever follows it', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = ({ seq }, response) => {
      response.writeHead(200);
      if (seq === 1) response.end('x'.repeat(1_000_000));
      else if (seq === 2) response.write('never ends', () => response.destroy());
      else response.end();
    };
    await fixture.work();
    await fixture.say(hook.channel, 3);
    await has(receiver, 3);
    expect(receiver.received.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('follows no redirect', async () => {
    const [receiver, elsewhere] = [await fixture.receiver(), await fixture.receiver()];
    const hook = await fixture.hook(receiver.url);
    receiver.answer = (_request, response) => void response.writeHead(307, { Location: elsewhere.url }).end();
    await fixture.work();
    await fixture.say(hook.channel, 1);
    await eventually('a failure', async () => (await fixture.webhook(hook)).failures > 0, WITHIN_MS);
    expect((await fixture.webhook(hook)).lastError).toBe(
      'the receiver returned 307; redirects are not followed',
    );
    expect(elsewhere.received).toEqual([]);
  });

  it('to a private address is not sent, and says why', async () => {
    const receiver = await fixture.receiver();
    const urls = [receiver.url, receiver.url.replace('127.0.0.1', 'localhost')];
    const hooks = await Promise.all(urls.map((url) => fixture.hook(url)));
    await fixture.work({ allowPrivate: false });
    for (const hook of hooks) {
      await fixture.say(hook.channel, 1);
      await eventually('a failure', async () => (await fixture.webhook(hook)).failures > 0, WITHIN_MS);
      expect(await fixture.webhook(hook)).toMatchObject({
        cursor: 0,
        lastError: 'the address is not public',
      });
    }
    expect(receiver.received).toEqual([]);
  });

  it('is paused where the receiver answers 410, and goes on from there once resumed', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = ({ seq }, response) => void response.writeHead(seq === 2 ? 410 : 200).end();
    await fixture.work();
    await fixture.say(hook.channel, 3);
    await eventually('the pause', async () => (await fixture.webhook(hook)).state === 'paused', WITHIN_MS);
    expect(await fixture.webhook(hook)).toMatchObject({ cursor: 1, pausedBecause: 'gone' });
    receiver.answer = (_request, response) => void response.writeHead(200).end();
    await fixture.history.webhooks.resume(hook.channel, hook.id);
    await has(receiver, 3);
    expect(receiver.received.map(({ seq }) => seq)).toEqual([1, 2, 2, 3]);
  });

  it('is paused after three days of failures, at the message that failed', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = (_request, response) => void response.writeHead(503).end();
    await fixture.work();
    await fixture.say(hook.channel, 2);
    await eventually('a failure', async () => (await fixture.webhook(hook)).failures > 0, WITHIN_MS);
    await query(
      fixture.historyUrl,
      `update webhooks set failing_since_ms = failing_since_ms - 3 * 86400000, next_ms = 0 where id = '${hook.id}'`,
    );
    await eventually('the pause', async () => (await fixture.webhook(hook)).state === 'paused', WITHIN_MS);
    expect(await fixture.webhook(hook)).toMatchObject({
      cursor: 0,
      pausedBecause: 'failing',
      lastError: 'the receiver returned 503',
    });
  });

  it('leaves nothing behind in its worker once it is sent, or failed', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = ({ seq }, response) => void response.writeHead(seq === 3 ? 500 : 200).end();
    const sender = openSender({ allowPrivate: true });
    const metrics = createWorkerMetrics(new Registry(), {
      jobs: fixture.jobs,
      webhooks: fixture.history.webhooks,
    });
    const log = createLog({ service: 'worker', level: 'silent' });
    const deliver = createDelivery({ history: fixture.history, sender, jobs: fixture.jobs, metrics, log });
    const stop = new AbortController().signal;
    for (const count of [2, 1]) {
      await fixture.say(hook.channel, count);
      await deliver(hook.id, stop);
      expect(getEventListeners(stop, 'abort')).toEqual([]);
    }
    expect(await fixture.webhook(hook)).toMatchObject({ cursor: 2, failures: 1 });
    sender.close();
  });

  it('waits as long as its receiver asks', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = (_request, response) => void response.writeHead(429, { 'Retry-After': '600' }).end();
    await fixture.work();
    await fixture.say(hook.channel, 1);
    await eventually('a failure', async () => (await fixture.webhook(hook)).failures > 0, WITHIN_MS);
    const wait = Date.parse((await fixture.webhook(hook)).nextAt ?? '') - Date.now();
    expect(wait).toBeGreaterThan(500_000);
    expect(wait).toBeLessThan(601_000);
  });

  it('is told where messages were dropped before they were sent', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    await fixture.say(hook.channel, 10);
    await fixture.history.retain({ maxCount: 3 });
    await fixture.work();
    await has(receiver, 3);
    const [reset, ...messages] = receiver.received;
    expect(reset?.id).toBe(`${hook.id}.reset.8`);
    expect(JSON.parse(reset?.text ?? '')).toMatchObject({
      type: 'channel.reset',
      data: { channel: hook.channel, reason: 'expired', from: 8 },
    });
    expect(messages.map(({ seq }) => seq)).toEqual([8, 9, 10]);
  });

  it('whose messages were all dropped is told so at once, and then has nothing due', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    await fixture.say(hook.channel, 10);
    // None is older than no time at all in the millisecond, rounded, in which it came.
    await eventually('all of them dropped', async () => {
      await fixture.history.retain({ channel: hook.channel, maxAgeMs: 0 });
      return (await fixture.history.extents([hook.channel])).get(hook.channel)?.earliest === 11;
    });
    await fixture.work();
    await eventually('the cursor', async () => (await fixture.webhook(hook)).cursor === 10, WITHIN_MS);
    expect(receiver.received.map(({ id }) => id)).toEqual([`${hook.id}.reset.11`]);
    expect(await fixture.history.webhooks.due('', 10)).toEqual([]);
    await fixture.say(hook.channel, 1);
    await has(receiver, 1);
    expect(receiver.received.map(({ id }) => id)).toEqual([`${hook.id}.reset.11`, `${hook.id}.11`]);
  });

  it('that is deleted while it is sent is sent no more', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = async ({ seq }, response) => {
      if (seq === 2) await fixture.history.webhooks.delete(hook.channel, hook.id);
      response.writeHead(200).end();
    };
    await fixture.work();
    await fixture.say(hook.channel, 5);
    await has(receiver, 2);
    const other = await fixture.hook((await fixture.receiver()).url);
    await fixture.say(other.channel, 1);
    await eventually('another one sent', async () => (await fixture.webhook(other)).cursor === 1, WITHIN_MS);
    expect(receiver.seqs()).toEqual([1, 2]);
  });

  it('whose receiver closes idle connections, or is away for a while, misses nothing', async () => {
    const receiver = await fixture.receiver();
    const hook = await fixture.hook(receiver.url);
    receiver.answer = (_request, response) => void response.writeHead(200, { Connection: 'close' }).end();
    await fixture.work();
    await fixture.say(hook.channel, 20);
    await has(receiver, 20);
    expect(receiver.received.length).toBe(20);
    await receiver.close();
    await fixture.say(hook.channel, 1);
    await eventually('a failure', async () => (await fixture.webhook(hook)).failures > 0, WITHIN_MS);
    expect((await fixture.webhook(hook)).lastError).toBe('the receiver cannot be reached (ECONNREFUSED)');
    expect((await fixture.webhook(hook)).cursor).toBe(20);
  });
});
