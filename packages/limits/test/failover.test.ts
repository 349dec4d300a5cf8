import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { type RedisPair, startRedisPair } from '../../../tests/servers/redis-pair.ts';
import { openRedisLimits } from '../src/redis.ts';

/** A crowded machine is no Redis that is away. */
const ANSWER_WITHIN_MS = 60_000;

describe.skipIf(!redisInstalled)('limits whose Redis and its replica change places', () => {
  let pair: RedisPair;
  beforeAll(async () => {
    pair = await startRedisPair();
  });
  afterAll(() => pair?.stop());

  it('are counted together at the new primary, though the old one still answers', async () => {
    const limits = openRedisLimits(pair.url, { answerWithinMs: ANSWER_WITHIN_MS });
    try {
      await eventually('them shared', () => limits.connected);
      await pair.failOver();
      const limit = limits.limit({ name: 'moved', count: 100, seconds: 600 });
      let callers = 0;
      await eventually('a count at the new primary', async () => {
        expect(await limit.take(`p${callers++}`)).toBe(0);
        return (await pair.second.command('KEYS', 'carillon:limit:moved:*')).includes('moved');
      });
      await eventually('them shared again', () => limits.connected);
    } finally {
      await limits.close();
    }
  });
});
