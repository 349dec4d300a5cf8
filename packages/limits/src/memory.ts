import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Limit, Limits, RefusalObserver, Rule } from './limits.ts';
import { reserveFrom } from './reserve.ts';

/** The limiters of this process, by address and rule. */
const limiters = new Map<string, RateLimiterMemory>();

/** Limits within this process. Limits opened with the same address share their counts. */
export function openMemoryLimits(
  address: string,
  { refused }: { refused?: RefusalObserver | undefined } = {},
): Limits {
  return {
    connected: true,
    limit: (rule: Rule): Limit => {
      const { name, count, seconds } = rule;
      const key = `${address} ${name} ${count} ${seconds}`;
      const limiter = limiters.get(key) ?? new RateLimiterMemory({ points: count, duration: seconds });
      limiters.set(key, limiter);
      return reserveFrom(limiter, rule, refused);
    },
    close: async () => {},
  };
}
