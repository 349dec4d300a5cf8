/** Pause after the first failure, ms. It doubles with each failure. */
const FIRST_MS = 1_000;

/** The longest pause, ms: a receiver that recovers gets its messages within this time. */
const LONGEST_MS = 10 * 60 * 1_000;

/** The longest pause that a receiver may request, ms. */
const LONGEST_ASKED_MS = 60 * 60 * 1_000;

/** A receiver that has failed for this long, ms, is given up: three days cover a weekend. */
export const GIVE_UP_AFTER_MS = 3 * 24 * 60 * 60 * 1_000;

/**
 * The pause after `failures` failures in a row (including this one), ms. It doubles each time and is shortened at
 * random by up to half, so that webhooks that failed together do not retry together; it is at least the receiver's
 * `Retry-After`, within limits.
 */
export function pauseAfter(failures: number, askedMs = 0, random: () => number = Math.random): number {
  const full = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  const own = full * (1 - random() / 2);
  return Math.round(Math.max(own, Math.min(askedMs, LONGEST_ASKED_MS)));
}
