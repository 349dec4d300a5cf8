import { openMemoryPresence } from './memory.ts';
import type { Presence } from './presence.ts';
import { openRedisPresence } from './redis.ts';
import type { LinkOptions } from './redis-link.ts';

const ADAPTERS = new Map<string, (url: string, options?: LinkOptions) => Presence>([
  ['memory:', openMemoryPresence],
  ['redis:', openRedisPresence],
  ['rediss:', openRedisPresence],
]);

/** The schemes that {@link openPresence} accepts, each with its colon. */
export const PRESENCE_SCHEMES: readonly string[] = [...ADAPTERS.keys()];

/**
 * Opens the presence at `url`: `memory:` or `redis[s]://[user:password@]host[:port][/database]`. Never waits for an
 * unavailable Redis. Throws TypeError for any other URL.
 */
export function openPresence(url: string, options: LinkOptions = {}): Presence {
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase();
  const open = ADAPTERS.get(scheme);
  if (open === undefined)
    throw new TypeError(`a presence URL must start with one of ${PRESENCE_SCHEMES.join(', ')}`);
  return open(url, options);
}
