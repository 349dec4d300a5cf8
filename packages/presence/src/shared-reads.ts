import type { PresenceEvent } from '@carillon/protocol';
import { TURN_MS } from './presence.ts';

/** Channels whose last answer is cached, the newest ones: with fifty people each about 10 MiB. */
const MAX_CHANNELS = 1_000;

type Read = (channel: string) => Promise<PresenceEvent>;

/**
 * Shares reads: callers that ask for a channel within {@link TURN_MS} get the same answer. So a channel costs one read
 * a second, however many callers ask. A failed read is not shared with later callers.
 */
export function shareReads(read: Read): Read {
  const shared = new Map<string, { present: Promise<PresenceEvent>; at: number }>();
  return (channel) => {
    const now = performance.now();
    const known = shared.get(channel);
    if (known !== undefined && now - known.at < TURN_MS) return known.present;
    // A Map keeps insertion order: a channel that is read again moves to the end.
    shared.delete(channel);
    if (shared.size >= MAX_CHANNELS) shared.delete(shared.keys().next().value ?? '');
    const reading = { present: read(channel), at: now };
    shared.set(channel, reading);
    reading.present.catch(() => {
      if (shared.get(channel) === reading) shared.delete(channel);
    });
    return reading.present;
  };
}
