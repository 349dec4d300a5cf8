import type { PresenceEvent } from '@carillon/protocol';
import { TURN_MS } from './presence.ts';

/** Channels whose last answer is kept, the newest: with fifty people each about 10 MiB. */
const MAX_CHANNELS = 1_000;

type Read = (channel: string) => Promise<PresenceEvent>;

/**
 * Makes reads that share: who asks for a channel within {@link TURN_MS} after another gets what that one gets. So however
 * many ask, a channel costs one read a second. One that fails is kept for nobody who comes after.
 */
export function shareReads(read: Read): Read {
  const shared = new Map<string, { present: Promise<PresenceEvent>; at: number }>();
  return (channel) => {
    const now = performance.now();
    const known = shared.get(channel);
    if (known !== undefined && now - known.at < TURN_MS) return known.present;
    // A Map keeps the order of insertion: what is read again goes to its end.
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
