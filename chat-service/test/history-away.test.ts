import { HistoryFull, HistoryUnavailable } from '@carillon/history';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type RunningChat, startChat } from './start-chat.ts';

/** What the store does now: works, is away, goes away in the middle of a commit, or has no room. */
let store: 'there' | 'away' | 'lost' | 'full' | 'broken' = 'there';

const SECRET_DETAIL = 'connect ECONNREFUSED 10.1.2.3:5432 select * from messages';

/** Turns of the relay that met a fault. */
let failedTurns = 0;

/** The real store, with the faults of one whose server is stopped. */
function faulty<Part extends object>(part: Part): Part {
  return new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'object' && value !== null) return faulty(value);
      if (typeof value !== 'function' || name === 'close') return value;
      return (...args: unknown[]) => {
        if (store === 'there') return value.apply(target, args);
        if (name === 'unpublished' || name === 'markPublished') failedTurns += 1;
        if (store === 'broken') return Promise.reject(new Error(SECRET_DETAIL));
        if (store === 'full') return Promise.reject(new HistoryFull(SECRET_DETAIL));
        return Promise.reject(
          new HistoryUnavailable(SECRET_DETAIL, { stored: store === 'away' ? 'no' : 'unknown' }),
        );
      };
    },
  });
}

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat(faulty);
});
afterAll(async () => {
  store = 'there';
  await chat.close();
});

const READS = [
  '/v1/search?q=x',
  '/v1/channels',
  '/v1/channels/x',
  '/v1/channels/x/messages',
  '/v1/channels/x/messages/1',
];

it('with the store away every call that needs it answers 503 and when to try again', async () => {
  store = 'away';
  for (const path of READS) {
    const answer = await chat.request({ path });
    expect([answer.status, answer.json.code], path).toEqual([503, 'history_away']);
    expect(answer.text).not.toContain('10.1.2.3');
  }
  const post = await chat.request({ method: 'POST', path: '/c/x', body: 'x' });
  expect([post.status, post.json.code]).toEqual([503, 'history_away']);
  expect(Number(post.headers['retry-after'])).toBeGreaterThan(0);
  store = 'there';
  expect((await chat.request({ method: 'POST', path: '/c/x', body: 'x' })).json.seq).toBe(1);
});

it('a post whose commit was cut off says that its outcome is not known', async () => {
  store = 'lost';
  const post = await chat.request({ method: 'POST', path: '/c/x', body: 'x' });
  expect([post.status, post.json.code]).toEqual([503, 'outcome_unknown']);
  expect(post.json.detail).toContain('Idempotency-Key');
  expect(Number(post.headers['retry-after'])).toBeGreaterThan(0);
  store = 'there';
});

it('a post for which there is no room says so, and when to try again', async () => {
  store = 'full';
  const post = await chat.request({ method: 'POST', path: '/c/x', body: 'x' });
  expect([post.status, post.json.code]).toEqual([507, 'store_full']);
  expect(Number(post.headers['retry-after'])).toBeGreaterThan(0);
  expect(post.text).not.toContain('10.1.2.3');
  store = 'there';
});

it('a fault of our own is a 500 that says nothing of itself, and is in the log', async () => {
  store = 'broken';
  for (const asked of [...READS.map((path) => ({ path })), { method: 'POST', path: '/c/x', body: 'x' }]) {
    const before = chat.logged.length;
    const answer = await chat.request(asked);
    expect([answer.status, answer.json.code]).toEqual([500, 'internal']);
    expect(answer.text).not.toMatch(/10\.1\.2\.3|select|at .*:\d/);
    expect(chat.logged.slice(before).join('')).toContain('10.1.2.3');
  }
  store = 'there';
});

it('what the service could not do never counts as refused, wherever on its way the post met the fault', async () => {
  const counted = async (outcome: string) =>
    Number(
      new RegExp(`posts_total\\{outcome="${outcome}"\\} (\\d+)`).exec(await chat.registry.metrics())?.[1],
    );
  const outcomes = ['refused', 'away', 'unknown', 'failed'];
  const before = await Promise.all(outcomes.map(counted));
  // What nobody has asked for yet is looked up in the store before the body is read.
  for (const [fault, channel] of [
    ['away', 'never-seen'],
    ['away', 'x'],
    ['lost', 'x'],
    ['broken', 'x'],
  ] as const) {
    store = fault;
    await chat.request({ method: 'POST', path: `/c/${channel}`, body: 'x' });
  }
  store = 'there';
  await chat.request({ method: 'POST', path: '/c/x', body: '' });
  const after = await Promise.all(outcomes.map(counted));
  expect(after.map((count, index) => count - Number(before[index]))).toEqual([1, 2, 1, 1]);
});

it('an outage is one line of the relay, and its end another', async () => {
  const lines = () => chat.logged.filter((line) => line.includes('relay:')).length;
  const before = lines();
  const failedBefore = failedTurns;
  store = 'away';
  await eventually('three turns of the relay', () => failedTurns >= failedBefore + 3);
  expect(lines()).toBeLessThanOrEqual(before + 1);
  store = 'there';
});
