import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { PresenceUnavailable, TYPING_GATHER_MS } from '../src/presence.ts';
import { openRedisPresence } from '../src/redis.ts';
import { person, presenceContract } from './contract.ts';
import { inTurns, type Node } from './in-turns.ts';

/** A node that ends in good order is believed so long, ms. */
const LAST_LEASE_MS = 10_000;
/** A crowded machine is no Redis that is away. */
const ANSWER_WITHIN_MS = 60_000;

describe.skipIf(!redisInstalled)('on Redis', () => {
  let redis: Redis;

  // One of its own: what is published all databases of a server hear.
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  /** Ends the leases that would end by then; those of living nodes last twice as long. */
  async function lapse(): Promise<void> {
    const script = `for _, key in ipairs(redis.call('KEYS', 'carillon:presence:node:*')) do
      redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
    end`;
    await redis.command('EVAL', script, '0', `${LAST_LEASE_MS}`);
  }

  const open = () => openRedisPresence(redis.url, { answerWithinMs: ANSWER_WITHIN_MS });

  presenceContract('on Redis', open, lapse);

  describe('a node', () => {
    const { node, until } = inTurns(open);

    /** Two nodes with a person each, who see each other. */
    async function two(channel: string) {
      const [one, other] = [await node(), await node()];
      one.join(channel, person('ada'));
      other.join(channel, person('bob'));
      await seeEachOther(one, other, channel);
      return [one, other] as const;
    }

    const seeEachOther = (one: Node, other: Node, channel: string) =>
      until(() => {
        for (const each of [one, other])
          expect(each.last(channel)?.people).toEqual([person('ada'), person('bob')]);
      });

    it('is right again after Redis was flushed', async () => {
      const [one, other] = await two('flushed');
      await redis.command('FLUSHALL');
      expect(await one.read('flushed')).toMatchObject({ count: 0 });
      await until(async () => {
        for (const each of [one, other]) expect(await each.read('flushed')).toMatchObject({ count: 2 });
      });
      await seeEachOther(one, other, 'flushed');
    });

    it('tells the others of a hundred calls of one who types in a few messages', async () => {
      const [one, other] = [await node(), await node()];
      const heard: string[] = [];
      other.followTyping((channel, { id }) => heard.push(`${channel} ${id}`));
      await until(() => {
        one.type('before', person('eve'));
        expect(heard).toContain('before eve');
      });
      const start = Date.now();
      for (let call = 0; call < 100; call++) {
        one.type('busy', person('ada'));
        await sleep(10);
      }
      one.type('last', person('ada'));
      await until(() => expect(heard).toContain('last ada'));
      const told = heard.filter((line) => line === 'busy ada').length;
      expect(told).toBeGreaterThan(0);
      // One more: timers end a moment early.
      expect(told).toBeLessThanOrEqual(2 + (Date.now() - start) / TYPING_GATHER_MS);
    });

    it('takes nobody as typing whom no node can have told of, and goes on', async () => {
      const [one, other] = [await node(), await node()];
      const heard: string[] = [];
      other.followTyping((channel, { id }) => heard.push(`${channel} ${id}`));
      await until(() => {
        one.type('before', person('eve'));
        expect(heard).toContain('before eve');
      });
      heard.length = 0;
      const typing = (entry: object, count = 1) =>
        JSON.stringify({ node: 'x', typing: Array(count).fill(entry) });
      for (const message of [
        'not json',
        typing({ channel: 'Lobby!', person: person('x') }),
        typing({ channel: 'lobby', person: { id: 'x', name: 'a\nb' } }),
        typing({ channel: 'lobby', person: person('x') }, 501),
        JSON.stringify({ node: 'x', typing: [], pad: 'x'.repeat(600_000) }),
      ])
        await redis.command('PUBLISH', 'carillon:presence:typing', message);
      one.type('after', person('ada'));
      await until(() => expect(heard).toContain('after ada'));
      expect(heard.filter((line) => !line.startsWith('before'))).toEqual(['after ada']);
    });

    it('takes nothing from Redis that is not presence', async () => {
      const [one] = await two('hostile');
      const nodes = ['0000000000000001', '0000000000000002', '0000000000000003', '0000000000000004'];
      const parts = [
        'not json',
        JSON.stringify({ anonymous: -1, more: 0, people: [] }),
        JSON.stringify({ anonymous: 0, more: 0, people: [{ id: 'x', name: 'a\nb' }] }),
        JSON.stringify({ anonymous: 0, more: 0, people: [], pad: 'x'.repeat(300_000) }),
      ];
      for (const [index, id] of nodes.entries()) {
        await redis.command('SADD', 'carillon:presence:nodes', id, `<script>${index}`);
        await redis.command('SET', `carillon:presence:node:${id}`, '1', 'PX', '60000');
        await redis.command('SET', `carillon:presence:part:${id}:hostile`, parts[index] ?? '');
        await redis.command('PUBLISH', 'carillon:presence:changed', parts[index] ?? '');
      }
      expect(await one.read('hostile')).toMatchObject({ count: 2, anonymous: 0 });
      await redis.command('SADD', 'carillon:presence:nodes', '0000000000000005');
      await redis.command('SET', 'carillon:presence:node:0000000000000005', '1', 'PX', '60000');
      const good = JSON.stringify({ anonymous: 3, more: 0, people: [] });
      await redis.command('SET', 'carillon:presence:part:0000000000000005:hostile', good);
      await until(async () => expect(await one.read('hostile')).toMatchObject({ count: 2, anonymous: 3 }));
    });

    it('reads a channel once for two hundred who ask together, and again later', async () => {
      const one = await node();
      await redis.command('CONFIG', 'RESETSTAT');
      const answers = await Promise.all(Array.from({ length: 200 }, () => one.read('asked')));
      expect(answers).toEqual(Array(200).fill({ channel: 'asked', count: 0, anonymous: 0, people: [] }));
      const calls = Number(
        /cmdstat_srandmember:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1],
      );
      // No time passes in between.
      expect(calls).toBe(1);
      (await node()).join('asked', person('ada'));
      await until(async () => expect(await one.read('asked')).toMatchObject({ count: 1 }));
    });

    it('is away with a wrong password, and harms nobody', async () => {
      const lines: string[] = [];
      const log = { warn: (_: object, line: string) => lines.push(line), info: () => {} };
      const presence = openRedisPresence(`redis://:wrong@127.0.0.1:${redis.port}`, { log });
      await until(() => expect(lines).toEqual(['Redis is unavailable']));
      presence.join('lobby', person('ada'));
      expect(presence.connected).toBe(false);
      await expect(presence.read('lobby')).rejects.toThrow(PresenceUnavailable);
      await presence.close();
    });
  });
});
