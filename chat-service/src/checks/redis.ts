import type { Check, Unconfigured } from './check.ts';

const REDIS = { name: 'redis', title: 'Redis' } as const;

/** A write and a read; `redis` is undefined where presence and limits are kept within the process. */
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
