import type { Check, Unconfigured } from './check.ts';

const REDIS = { name: 'redis', title: 'Redis' } as const;

/** Checks Redis with a write and a read. `redis` is undefined if presence and limits are kept in memory. */
export function redisCheck(redis: { ping(): Promise<void> } | undefined): Check | Unconfigured {
  if (redis === undefined) {
    return { ...REDIS, notConfigured: 'not configured: presence and limits are in memory' };
  }
  return {
    ...REDIS,
    async run() {
      await redis.ping();
      return 'wrote and read';
    },
  };
}
