import { setTimeout as sleep } from 'node:timers/promises';
import { presenceEvent, typingEvent } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Redis, redisInstalled, startRedis } from '../servers/redis.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { openReader, type Reader } from './reader.ts';

/** The lease of a node, a renewal of the other, two turns, and what a busy machine adds, ms. */
const GONE_WITHIN_MS = 40_000;
const soon = { timeout: 30_000, interval: 50 };
/** A reconnect, with the pause that a stream's `retry:` asks for, ms. */
const RECONNECT_MS = 1_000;

/** Two processes of one Redis; each has a store and a bus of its own, so they share only presence and typing. */
describe.skipIf(!redisInstalled)('two nodes with one Redis', () => {
  let redis: Redis;
  let one: Standalone;
  let other: Standalone;
  const readers: Reader[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    const env = { PRESENCE_URL: redis.url, SESSION_SECRET: 'the same on both of the nodes' };
    one = await startStandalone({ env });
    other = await startStandalone({ env });
  }, 300_000);
  afterAll(async () => {
    for (const reader of readers) reader.close();
    await Promise.all([one?.stop(), other?.stop()]);
    await redis?.stop();
  });

  async function session(name: string): Promise<Record<string, string>> {
    const answer = await fetch(`${other.url}/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    return { Cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  }

  function read(node: Standalone, channel: string, headers: Record<string, string>): Reader {
    const reader = openReader({ port: node.port, path: `/v1/channels/${channel}/stream`, headers });
    readers.push(reader);
    return reader;
  }

  const names = (people: readonly { name: string }[]) =>
    people
      .map(({ name }) => name)
      .sort()
      .join();
  const present = (reader: Reader) =>
    reader.events
      .filter(({ name }) => name === 'presence')
      .map(({ data }) => names(presenceEvent.parse(JSON.parse(data)).people));
  const typing = (reader: Reader) =>
    reader.events
      .filter(({ name }) => name === 'typing')
      .map(({ data }) => names(typingEvent.parse(JSON.parse(data)).people));

  it('show a reader that moves between them as present all the time', { timeout: 120_000 }, async () => {
    const [ada, bob] = [await session('Ada'), await session('Bob')];
    const watchers = [read(one, 'moves', bob), read(other, 'moves', bob)];
    let moving = read(one, 'moves', ada);
    for (const watcher of watchers) await expect.poll(() => present(watcher).at(-1), soon).toBe('Ada,Bob');
    const before = watchers.map((watcher) => present(watcher).length);
    for (const node of [other, one, one, other]) {
      moving.close();
      await sleep(RECONNECT_MS);
      moving = read(node, 'moves', ada);
      await expect.poll(() => moving.head, soon).toBeDefined();
      await sleep(2 * RECONNECT_MS);
    }
    await sleep(4 * RECONNECT_MS);
    for (const [index, watcher] of watchers.entries()) {
      expect(present(watcher).slice(before[index])).toEqual([]);
      expect(present(watcher).at(-1)).toBe('Ada,Bob');
    }
    moving.close();
    for (const watcher of watchers) await expect.poll(() => present(watcher).at(-1), soon).toBe('Bob');
  });

  it('show typing on either node, until five seconds have passed or the message comes', {
    timeout: 90_000,
  }, async () => {
    const [ada, bob] = [await session('Ada'), await session('Bob')];
    const watchers = [read(one, 'types', bob), read(other, 'types', bob)];
    for (const watcher of watchers) await expect.poll(() => present(watcher).at(-1), soon).toBe('Bob');
    const type = (node: Standalone) =>
      fetch(`${node.url}/v1/channels/types/typing`, { method: 'POST', headers: ada });
    expect((await type(one)).status).toBe(204);
    for (const watcher of watchers) await expect.poll(() => typing(watcher), soon).toEqual(['Ada', '']);
    await type(other);
    for (const watcher of watchers)
      await expect.poll(() => typing(watcher), soon).toEqual(['Ada', '', 'Ada']);
    await fetch(`${one.url}/c/types`, { method: 'POST', headers: ada, body: 'done' });
    for (const watcher of watchers)
      await expect.poll(() => typing(watcher), soon).toEqual(['Ada', '', 'Ada', '']);
  });

  it('drop the readers of a killed node, except those that come back to the other', {
    timeout: 180_000,
  }, async () => {
    const [ada, bob, eve] = [await session('Ada'), await session('Bob'), await session('Eve')];
    const watcher = read(other, 'killed', bob);
    for (const headers of [ada, eve]) read(one, 'killed', headers);
    await expect.poll(() => present(watcher).at(-1), soon).toBe('Ada,Bob,Eve');
    const from = present(watcher).length;
    await one.kill();
    const killedAt = performance.now();
    await sleep(RECONNECT_MS);
    read(other, 'killed', ada);
    await expect
      .poll(() => present(watcher).at(-1), { timeout: GONE_WITHIN_MS, interval: 50 })
      .toBe('Ada,Bob');
    expect(performance.now() - killedAt).toBeLessThan(GONE_WITHIN_MS);
    await sleep(RECONNECT_MS);
    // Eve leaves once, and nobody else leaves.
    expect(present(watcher).slice(from)).toEqual(['Ada,Bob']);
    const asked = await fetch(`${other.url}/v1/channels/killed/presence`);
    expect(names(presenceEvent.parse(await asked.json()).people)).toBe('Ada,Bob');

    await one.restart();
    const back = read(one, 'killed', eve);
    for (const reader of [watcher, back])
      await expect.poll(() => present(reader).at(-1), soon).toBe('Ada,Bob,Eve');
  });
});
