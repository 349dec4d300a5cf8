import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventuallyHolds } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { type RedisPair, startRedisPair } from '../../../tests/servers/redis-pair.ts';
import { openRedisPresence } from '../src/redis.ts';
import { person } from './contract.ts';

/** A crowded machine is no Redis that is away. */
const ANSWER_WITHIN_MS = 60_000;

describe.skipIf(!redisInstalled)('presence whose Redis and its replica change places', () => {
  let pair: RedisPair;
  beforeAll(async () => {
    pair = await startRedisPair();
  });
  afterAll(() => pair?.stop());

  it('is told by the new primary, though the old one still answers', async () => {
    const nodes = [0, 1].map(() => openRedisPresence(pair.url, { answerWithinMs: ANSWER_WITHIN_MS }));
    const [one, other] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    try {
      await eventuallyHolds(() => one.connected && other.connected);
      one.join('lobby', person('ada'));
      await eventuallyHolds(async () => expect(await other.read('lobby')).toMatchObject({ count: 1 }));
      await pair.failOver();
      other.join('lobby', person('bob'));
      await eventuallyHolds(async () => {
        expect(await one.read('lobby')).toMatchObject({ people: [person('ada'), person('bob')] });
        await one.ping();
        expect([one.connected, other.connected]).toEqual([true, true]);
      });
    } finally {
      await Promise.all(nodes.map((node) => node.close()));
    }
  });
});
