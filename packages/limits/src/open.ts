import type { Limits } from './limits.ts';
import { openMemoryLimits } from './memory.ts';
import { type LimitOptions, openRedisLimits } from './redis.ts';

const ADAPTERS = new Map<string, (url: string, options?: LimitOptions) => Limits>([
  ['memory:', openMemoryLimits],
  ['redis:', openRedisLimits],
  ['rediss:', openRedisLimits],
]);

/**
 * Opens the limits at `url`, which has the form of a presence URL: `memory:` or
 * `redis[s]://[user:password@]host[:port][/database]`. Never waits for an unavailable Redis. Throws TypeError for any
 * other URL.
 */
export function openLimits(url: string, options: LimitOptions = {}): Limits {
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase();
  const open = ADAPTERS.get(scheme);
  if (open === undefined)
    throw new TypeError(`a limits URL must start with one of ${[...ADAPTERS.keys()].join(', ')}`);
  return open(url, options);
}
