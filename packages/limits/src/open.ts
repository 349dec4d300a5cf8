import type { Limits } from './limits.ts';
import { openMemoryLimits } from './memory.ts';
import { type LimitOptions, openRedisLimits } from './redis.ts';

const ADAPTERS = new Map<string, (url: string, options?: LimitOptions) => Limits>([
  ['memory:', openMemoryLimits],
  ['redis:', openRedisLimits],
  ['rediss:', openRedisLimits],
]);

/**
 * Opens the limits that `url` names, as a presence URL does: `memory:` or `redis[s]://[user:password@]host[:port][/database]`.
 * Never waits for a Redis that is away. Throws TypeError where the URL names none.
 */
export function openLimits(url: string, options: LimitOptions = {}): Limits {
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase();
  const open = ADAPTERS.get(scheme);
  if (open === undefined)
    throw new TypeError(`a limits URL starts with one of ${[...ADAPTERS.keys()].join(', ')}`);
  return open(url, options);
}
