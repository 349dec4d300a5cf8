import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventuallyHolds } from '../../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { shortest } from '../../../tests/shortest.ts';
import type { Limits } from '../src/limits.ts';
import { openRedisLimits } from '../src/redis.ts';

describe.skipIf(!redisInstalled)('limits while Redis is away', () => {
  let redis: Redis;
  const opened: Limits[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((limits) => limits.close()));
  });

  async function node(): Promise<Limits> {
    const limits = openRedisLimits(redis.url);
    opened.push(limits);
    await eventuallyHolds(() => limits.connected);
    return limits;
  }

  it('counts in memory while Redis is killed, and together again after it has returned', async () => {
    const rule = { name: 'killed', count: 3, seconds: 60 };
    const [limits, other] = [await node(), await node()];
    const limit = limits.limit(rule);
    await redis.kill();
    await eventuallyHolds(() => !limits.connected && !other.connected);
    const taken = [];
    for (let call = 0; call < 5; call++) taken.push((await limit.take('ada')) === 0);
    expect(taken).toEqual([true, true, true, false, false]);
    await redis.restart();
    await eventuallyHolds(() => limits.connected && other.connected);
    const together = [limits.limit(rule), other.limit(rule)];
    let allowed = 0;
    for (let call = 0; call < 10; call++)
      for (const each of together) if ((await each.take('bob')) === 0) allowed += 1;
    expect(allowed).toBe(3);
  });

  it('makes one call wait while Redis is frozen, and not each', async () => {
    const limits = await node();
    const limit = limits.limit({ name: 'frozen', count: 1_000, seconds: 60 });
    redis.freeze();
    try {
      const limitMs = 5_000;
      let callers = 0;
      const took = await shortest(limitMs, async () => {
        const start = performance.now();
        // Others each time: what a node knows of a caller it answers without Redis.
        for (let calls = 0; calls < 200; calls++) expect(await limit.take(`p${callers++}`)).toBe(0);
        return performance.now() - start;
      });
      expect(took).toBeLessThan(limitMs);
    } finally {
      redis.thaw();
    }
    await eventuallyHolds(() => limits.connected);
  });
});
