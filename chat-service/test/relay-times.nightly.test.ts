import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openAccess } from '@carillon/access';
import { openAuthenticator } from '@carillon/auth';
import type { SeqRange } from '@carillon/history';
import { createHttpServer } from '@carillon/http';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { shortest } from '../../tests/shortest.ts';
import { createChatApp, UNLIMITED } from '../src/index.ts';
import { request } from './request.ts';
import { type RunningChat, SESSION_SECRET, startChat } from './start-chat.ts';

const author = { id: 'guest', name: 'Guest' };

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

const arrived = (channel: string) =>
  chat.arrived.filter((message) => message.channel === channel).map(({ seq }) => seq);
const allMarked = () =>
  eventually('every message marked', async () => (await chat.history.unpublished(0, 1000)).length === 0);

it('the relay publishes soon what a process committed that died before it published', async () => {
  // A second, in which their own process may still do it, and a turn.
  const limitMs = 2_500;
  let tries = 0;
  const took = await shortest(limitMs, async () => {
    tries += 1;
    const channel = `orphans-${tries}`;
    const started = performance.now();
    await chat.history.append(['1', '2', '3'].map((body) => ({ channel, author, body })));
    await eventually('the messages on the bus', () => arrived(channel).length >= 3);
    expect(arrived(channel)).toEqual([1, 2, 3]);
    return performance.now() - started;
  });
  expect(took).toBeLessThan(limitMs);
});

it('the relay leaves alone what two processes publish in turn', async () => {
  const { history, bus, presence, log } = chat;
  const access = openAccess(history.access, { log });
  const other = createChatApp({
    history,
    bus,
    presence,
    auth: openAuthenticator({ mode: 'open', sessionSecret: SESSION_SECRET }),
    access,
    limits: UNLIMITED,
    log,
    registry: new Registry(),
  });
  const server = createHttpServer(other.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = { method: 'POST', path: '/c/shared', body: 'x' };
  let posted = 0;
  for (const end = performance.now() + 3_000; performance.now() < end; posted += 2) {
    await chat.request(asked);
    await request(port, asked);
  }
  await allMarked();
  server.close();
  await other.close();
  await access.close();
  expect(new Set(arrived('shared'))).toEqual(
    new Set(Array.from({ length: posted }, (_, index) => index + 1)),
  );
  // A process that stood still for a second may have had some of its own relayed by the other.
  expect(arrived('shared').length).toBeLessThan(posted * 1.5);
});

it('a stop does not wait longer for a store that stands still than its bounds', async () => {
  let frozen = false;
  const still = await startChat((history) => {
    const mark = history.markPublished.bind(history);
    return Object.assign(history, {
      markPublished: (ranges: readonly SeqRange[]) => (frozen ? new Promise(() => {}) : mark(ranges)),
    });
  });
  frozen = true;
  expect((await still.request({ method: 'POST', path: '/c/still', body: 'x' })).status).toBe(201);
  const asked = performance.now();
  await still.close();
  // 2 s for the turn of the relay, 1 s for the marks.
  expect(performance.now() - asked).toBeLessThan(8_000);
});
