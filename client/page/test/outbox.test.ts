import { Carillon, type Message } from '@carillon/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOutbox, type Fate, forgetUnsent, type Letter, type Outbox } from '../src/outbox.ts';

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
const letter = (body: string, id: string): Letter => ({
  channel: 'lobby',
  key: body,
  body,
  author: { id, name: id },
  sentAt: '2026-01-05T12:00:00.000Z',
});
/** Somebody writes this, and the page goes before it is sent. */
const leave = (body: string, id: string) => createOutbox(carillon, id, stillThere).post(letter(body, id));
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

it('nothing is sent before the server has said who one is, and then what is there is sent', async () => {
  leave('left', 'ada');
  const outbox = createOutbox(carillon, 'ada', stillThere);
  outbox.post(letter('written', 'ada'));
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
  expect(posted).toEqual([]);
  outbox.be('ada');
  await expect.poll(() => [...posted].sort()).toEqual(['left', 'written']);
  await expect.poll(() => Object.keys(storage)).toEqual([]);
});

it('what the last person left is not sent as somebody else, and waits for them', async () => {
  leave('of Ada', 'ada');
  leave('of Bo', 'bo');
  const outbox = createOutbox(carillon, 'ada', stillThere);
  outbox.post(letter('too early', 'ada'));
  outbox.be('bo');
  await expect.poll(() => posted).toEqual(['of Bo']);
  await settled();
  expect(posted).toEqual(['of Bo']);
  outbox.be('ada');
  await expect.poll(() => [...posted].sort()).toEqual(['of Ada', 'of Bo', 'too early']);
});

it('what somebody has not sent is forgotten when they sign out, and nobody else is', () => {
  leave('of Ada', 'ada');
  leave('of Bo', 'bo');
  forgetUnsent('ada');
  expect(Object.keys(storage).map((key) => key.split('/')[1])).toEqual(['bo']);
});

it('what meets the end of a session waits for its author to sign in again, and is said to nobody else', async () => {
  const fates: Fate[] = [];
  const outbox: Outbox = createOutbox(carillon, 'ada', () => {
    outbox.be('guest');
    return Promise.resolve(false);
  });
  outbox.open(
    'lobby',
    (fate) => fates.push(fate),
    () => {},
  );
  outbox.be('ada');
  refusal = 401;
  outbox.post(letter('late', 'ada'));
  await expect.poll(() => fates).toEqual([{ key: 'late', left: true }]);
  refusal = undefined;
  await settled();
  expect(posted).toEqual([]);
  outbox.be('ada');
  await expect.poll(() => posted).toEqual(['late']);
});

/** Ada's outbox, with the lobby open. */
function adaInLobby() {
  const fates: Fate[] = [];
  const outbox = createOutbox(carillon, 'ada', stillThere);
  const close = outbox.open(
    'lobby',
    (fate) => fates.push(fate),
    () => {},
  );
  outbox.be('ada');
  return { fates, outbox, close };
}

it('what is refused to who is still there is said to them', async () => {
  const { fates, outbox } = adaInLobby();
  refusal = 401;
  outbox.post(letter('refused', 'ada'));
  await expect
    .poll(() => fates)
    .toMatchObject([{ key: 'refused', failure: expect.stringContaining('sign in') }]);
});

it('a channel that is not shown any more is told nothing', async () => {
  const { fates, outbox, close } = adaInLobby();
  close();
  outbox.post(letter('alone', 'ada'));
  await expect.poll(() => posted).toEqual(['alone']);
  await settled();
  expect(fates).toEqual([]);
});

it('a message waits a minute at most, however long a page of a proxy asks for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const { fates, outbox } = adaInLobby();
  refusal = 503;
  // An hour; and more than a timer can wait, which would end it at once.
  for (const asked of ['3600', '3000000']) {
    retryAfter = asked;
    outbox.post(letter(asked, 'ada'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(fates).toEqual([{ key: asked, waiting: true }]);
    refusal = undefined;
    await vi.advanceTimersByTimeAsync(45_000);
    expect(posted).toContain(asked);
    fates.length = 0;
    refusal = 503;
  }
});
