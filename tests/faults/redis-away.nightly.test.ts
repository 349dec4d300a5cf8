import { setTimeout as sleep } from 'node:timers/promises';
import type { PresenceEvent } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Redis, redisInstalled, startRedis } from '../servers/redis.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { Api, seqs, upTo } from './api.ts';
import { openReader } from './reader.ts';

/** Between two posts of the load, ms. */
const POST_EVERY_MS = 25;
/** How long each fault lasts, ms. */
const FAULT_MS = 6_000;
/** Presence is right again within its lease, a renewal and a turn, ms; a busy machine takes longer. */
const RIGHT_WITHIN_MS = 40_000;

describe.skipIf(!redisInstalled)('while Redis', () => {
  let redis: Redis;
  let server: Standalone;
  let api: Api;

  beforeAll(async () => {
    redis = await startRedis();
    server = await startStandalone({
      env: { PRESENCE_URL: redis.url, RATE_LIMIT: 'on', POSTS_PER_MINUTE: '1000000' },
    });
    api = new Api(server.port);
  });
  afterAll(async () => {
    api?.close();
    await server?.stop();
    await redis?.stop();
  });

  async function presentIn(channel: string): Promise<Partial<PresenceEvent> & { status: number }> {
    const { status, text } = await api.call('GET', `/v1/channels/${channel}/presence`);
    return { status, ...(status === 200 ? (JSON.parse(text) as PresenceEvent) : {}) };
  }

  it.each<[string, () => Promise<void> | void, () => Promise<void> | void]>([
    ['is killed', () => redis.kill(), () => redis.restart()],
    ['is frozen', () => redis.freeze(), () => redis.thaw()],
    ['is flushed', () => redis.command('FLUSHALL').then(() => {}), () => {}],
  ])(
    '%s, posts and streams go on, and presence is correct again afterwards',
    { timeout: 240_000 },
    async (fault, begin, end) => {
      const channel = fault.replaceAll(' ', '-');
      const named = await api.call('POST', '/v1/session', {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'Ada' }),
      });
      const cookie = String(named.headers['set-cookie']).split(';')[0] ?? '';
      const path = `/v1/channels/${channel}/stream`;
      const readers = [
        openReader({ port: server.port, path, headers: { Cookie: cookie } }),
        openReader({ port: server.port, path }),
      ];
      const all = { status: 200, count: 1, anonymous: 1, people: [{ name: 'Ada' }] };
      await expect
        .poll(() => presentIn(channel), { timeout: RIGHT_WITHIN_MS, interval: 200 })
        .toMatchObject(all);

      const statuses = new Map<number, number>();
      let posting = true;
      const load = (async () => {
        while (posting) {
          const { status } = await api.post(channel, 'hello');
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          await sleep(POST_EVERY_MS);
        }
      })();
      await begin();
      await sleep(FAULT_MS / 2);
      const late = openReader({ port: server.port, path });
      await expect.poll(() => late.events.length, { timeout: 30_000, interval: 50 }).toBeGreaterThan(0);
      await sleep(FAULT_MS / 2);
      await end();
      await expect
        .poll(() => presentIn(channel), { timeout: RIGHT_WITHIN_MS, interval: 200 })
        .toMatchObject({ ...all, anonymous: 2 });
      posting = false;
      await load;

      expect([...statuses.keys()]).toEqual([201]);
      const log = await api.log(channel);
      for (const reader of readers) {
        const read = () => reader.events.filter(({ name }) => name === 'message').length;
        await expect.poll(read, { timeout: 40_000, interval: 50 }).toBe(log.length);
        expect(reader.isClosed).toBe(false);
      }
      expect(seqs(log)).toEqual(upTo(log.length));
      for (const reader of [...readers, late]) reader.close();
    },
  );
});
