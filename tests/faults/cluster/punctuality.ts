import type { Post, Reading } from './evidence.ts';

/**
 * What takes longer is late, ms: a post until it is acknowledged, a message from then to a reader. While the bus is
 * away the store is asked once a second, and asking takes a moment.
 */
export const LATE_MS = 1_500;

export interface Punctuality {
  /** When the last thing that was late came to its end; undefined where nothing was. */
  lateUntil: number | undefined;
  /** The longest that a post took, all attempts together, ms. */
  longestPostMs: number;
  /** The longest from an acknowledgement to a reader, ms. */
  longestDeliveryMs: number;
}

/**
 * Looks at the posts sent and acknowledged up to `now`, in ms of `Date.now()`. What has not come to its end by then
 * is as old as it is at that time, and where it is late, it is late until then.
 */
export function punctuality(posts: readonly Post[], readings: readonly Reading[], now: number): Punctuality {
  const found: Punctuality = { lateUntil: undefined, longestPostMs: 0, longestDeliveryMs: 0 };
  const took = (from: number, until: number): number => {
    if (until - from > LATE_MS) found.lateUntil = Math.max(found.lateUntil ?? 0, until);
    return until - from;
  };
  for (const { sentAt, ackedAt } of posts)
    found.longestPostMs = Math.max(found.longestPostMs, took(sentAt, ackedAt ?? now));
  for (const { channels, arrivals } of readings) {
    const cameAt = new Map(arrivals.map(({ channel, seq, at }) => [`${channel} ${seq}`, at]));
    for (const { channel, message, ackedAt } of posts) {
      if (message === undefined || ackedAt === undefined || !channels.includes(channel)) continue;
      const at = cameAt.get(`${channel} ${message.seq}`) ?? now;
      found.longestDeliveryMs = Math.max(found.longestDeliveryMs, took(ackedAt, at));
    }
  }
  return found;
}
