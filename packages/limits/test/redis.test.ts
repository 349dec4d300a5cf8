import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventuallyHolds } from '../../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import type { Limits } from '../src/limits.ts';
import { openRedisLimits } from '../src/redis.ts';
import { limitsContract } from './contract.ts';

/** A crowded machine is no Redis that is away. */
const ANSWER_WITHIN_MS = 60_000;

describe.skipIf(!redisInstalled)('on Redis', () => {
  let redis: Redis;
  const opened: Limits[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((limits) => limits.close()));
  });

  const open = () => openRedisLimits(redis.url, { answerWithinMs: ANSWER_WITHIN_MS });

  limitsContract('on Redis', open);

  async function node(): Promise<Limits> {
    const limits = open();
    opened.push(limits);
    await eventuallyHolds(() => limits.connected);
    return limits;
  }

  it('goes on after a flush', async () => {
    const limit = (await node()).limit({ name: 'flushed', count: 2, seconds: 60 });
    expect([await limit.take('ada'), await limit.take('ada')]).toEqual([0, 0]);
    await redis.command('FLUSHALL');
    await redis.command('SCRIPT', 'FLUSH');
    expect(await limit.take('bob')).toBe(0);
    expect(await limit.take('bob')).toBe(0);
    expect(await limit.take('bob')).toBeGreaterThan(0);
  });
});
