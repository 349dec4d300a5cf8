import { Carillon, type Message } from '@carillon/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOutbox, type Outbox } from '../src/outbox.ts';
import type { OutgoingMessage, SendResult } from '../src/outgoing-message.ts';
import { forgetUnsent } from '../src/unsent.ts';

/** Bodies that were posted, in order. */
let posted: string[];
/** What the server answers instead. */
let refusal: number | undefined;
/** And when it asks to come back, in seconds. */
let retryAfter: string | undefined;
/** What the browser keeps. */
let storage: Record<string, string>;

const carillon = new Carillon({
  url: 'http://carillon.test',
  async fetch(_, init) {
    const { body } = JSON.parse(String(init?.body)) as { body: string };
    if (refusal !== undefined)
      return Response.json(
        { code: 'unauthenticated', detail: 'Sign in.' },
        { status: refusal, ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }) },
      );
    posted.push(body);
    const author = { id: 'ada', name: 'Ada' };
    const message: Message = { channel: 'lobby', seq: 1, author, body, createdAt: '2026-01-05T12:00:00Z' };
    return Response.json(message, { status: 201 });
  },
});

beforeEach(() => {
  posted = [];
  refusal = undefined;
  retryAfter = undefined;
  storage = {};
  const hidden = { enumerable: false };
  Object.defineProperties(storage, {
    getItem: { ...hidden, value: (key: string) => storage[key] ?? null },
    setItem: {
      ...hidden,
      value(key: string, text: string) {
        storage[key] = text;
      },
    },
    removeItem: { ...hidden, value: (key: string) => delete storage[key] },
  });
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} });
  vi.stubGlobal('document', new EventTarget());
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('navigator', { onLine: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const stillThere = () => Promise.resolve(true);
const message = (body: string, id: string): OutgoingMessage => ({
  channel: 'lobby',
  key: body,
  body,
  author: { id, name: id },
  sentAt: '2026-01-05T12:00:00.000Z',
});
/** Somebody writes this, and the page goes before it is sent. */
const leave = (body: string, id: string) => createOutbox(carillon, id, stillThere).post(message(body, id));
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

it('nothing is sent before the server has said who one is, and then what is there is sent', async () => {
  leave('left', 'ada');
  const outbox = createOutbox(carillon, 'ada', stillThere);
  outbox.post(message('written', 'ada'));
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
  expect(posted).toEqual([]);
  outbox.setPerson('ada');
  await expect.poll(() => [...posted].sort()).toEqual(['left', 'written']);
  await expect.poll(() => Object.keys(storage)).toEqual([]);
});

it('what the last person left is not sent as somebody else, and waits for them', async () => {
  leave('of Ada', 'ada');
  leave('of Bo', 'bo');
  const outbox = createOutbox(carillon, 'ada', stillThere);
  outbox.post(message('too early', 'ada'));
  outbox.setPerson('bo');
  await expect.poll(() => posted).toEqual(['of Bo']);
  await settled();
  expect(posted).toEqual(['of Bo']);
  outbox.setPerson('ada');
  await expect.poll(() => [...posted].sort()).toEqual(['of Ada', 'of Bo', 'too early']);
});

it('what somebody has not sent is forgotten when they sign out, and nobody else is', () => {
  leave('of Ada', 'ada');
  leave('of Bo', 'bo');
  forgetUnsent('ada');
  expect(Object.keys(storage).map((key) => key.split('/')[1])).toEqual(['bo']);
});

it('what meets the end of a session waits for its author to sign in again, and is said to nobody else', async () => {
  const results: SendResult[] = [];
  const outbox: Outbox = createOutbox(carillon, 'ada', () => {
    outbox.setPerson('guest');
    return Promise.resolve(false);
  });
  outbox.open(
    'lobby',
    (result) => results.push(result),
    () => {},
  );
  outbox.setPerson('ada');
  refusal = 401;
  outbox.post(message('late', 'ada'));
  await expect.poll(() => results).toEqual([{ key: 'late', left: true }]);
  refusal = undefined;
  await settled();
  expect(posted).toEqual([]);
  outbox.setPerson('ada');
  await expect.poll(() => posted).toEqual(['late']);
});

/** Ada's outbox, with the lobby open. */
function adaInLobby() {
  const results: SendResult[] = [];
  const outbox = createOutbox(carillon, 'ada', stillThere);
  const close = outbox.open(
    'lobby',
    (result) => results.push(result),
    () => {},
  );
  outbox.setPerson('ada');
  return { results, outbox, close };
}

it('what is refused to who is still there is said to them', async () => {
  const { results, outbox } = adaInLobby();
  refusal = 401;
  outbox.post(message('refused', 'ada'));
  await expect
    .poll(() => results)
    .toMatchObject([{ key: 'refused', failure: expect.stringContaining('Sign in') }]);
});

it('a channel that is not shown any more is told nothing', async () => {
  const { results, outbox, close } = adaInLobby();
  close();
  outbox.post(message('alone', 'ada'));
  await expect.poll(() => posted).toEqual(['alone']);
  await settled();
  expect(results).toEqual([]);
});

it('a message waits a minute at most, however long a page of a proxy asks for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const { results, outbox } = adaInLobby();
  refusal = 503;
  // An hour; and more than a timer can wait, which would end it at once.
  for (const asked of ['3600', '3000000']) {
    retryAfter = asked;
    outbox.post(message(asked, 'ada'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(results).toEqual([{ key: asked, waiting: true }]);
    refusal = undefined;
    await vi.advanceTimersByTimeAsync(45_000);
    expect(posted).toContain(asked);
    results.length = 0;
    refusal = 503;
  }
});
