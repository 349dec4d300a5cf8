import { Carillon, type Message } from '@carillon/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOutbox, forgetUnsent, type Letter } from '../src/outbox.ts';

/** Bodies that were posted, in order. */
let posted: string[];
/** What the browser keeps. */
let storage: Record<string, string>;

const carillon = new Carillon({
  url: 'http://carillon.test',
  async fetch(_, init) {
    const { body } = JSON.parse(String(init?.body)) as { body: string };
    posted.push(body);
    const author = { id: 'ada', name: 'Ada' };
    const message: Message = { channel: 'lobby', seq: 1, author, body, createdAt: '2026-01-05T12:00:00Z' };
    return Response.json(message, { status: 201 });
  },
});

beforeEach(() => {
  posted = [];
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
afterEach(() => vi.unstubAllGlobals());

const letter = (body: string, id: string): Letter => ({
  channel: 'lobby',
  key: body,
  body,
  author: { id, name: id },
  sentAt: '2026-01-05T12:00:00.000Z',
});
/** Somebody writes this, and the page goes before it is sent. */
const leave = (body: string, id: string) => createOutbox(carillon, id).post(letter(body, id));
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

it('nothing is sent before the server has said who one is, and then what is there is sent', async () => {
  leave('left', 'ada');
  const outbox = createOutbox(carillon, 'ada');
  outbox.post(letter('written', 'ada'));
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
  expect(posted).toEqual([]);
  outbox.be('ada');
  await expect.poll(() => [...posted].sort(), { timeout: 20_000 }).toEqual(['left', 'written']);
  expect(Object.keys(storage)).toEqual([]);
});

it('what the last person left is not sent as somebody else, and waits for them', async () => {
  leave('of Ada', 'ada');
  leave('of Bo', 'bo');
  const outbox = createOutbox(carillon, 'ada');
  outbox.post(letter('too early', 'ada'));
  outbox.be('bo');
  await expect.poll(() => posted, { timeout: 20_000 }).toEqual(['of Bo']);
  await settled();
  expect(posted).toEqual(['of Bo']);
  outbox.be('ada');
  await expect.poll(() => [...posted].sort(), { timeout: 20_000 }).toEqual(['of Ada', 'of Bo', 'too early']);
});

it('what somebody has not sent is forgotten when they sign out, and nobody else is', () => {
  leave('of Ada', 'ada');
  leave('of Bo', 'bo');
  forgetUnsent('ada');
  expect(Object.keys(storage).map((key) => key.split('/')[1])).toEqual(['bo']);
});
