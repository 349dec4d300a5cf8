/** The bot speaks again after at least this long … */
const SHORTEST_INTERVAL_MS = 1_000;

/** … and at most this long. */
const LONGEST_INTERVAL_MS = 10_000;

/** Draws the pause before the next post, uniform between the bounds, in milliseconds. `random` gives numbers in [0, 1). */
export function drawInterval(random: () => number): number {
  return SHORTEST_INTERVAL_MS + random() * (LONGEST_INTERVAL_MS - SHORTEST_INTERVAL_MS);
}

/** Pauses before a post that failed is tried again: the first, and the longest as they double. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** Draws the pause after the `failures`-th failure in a row (from 1), in milliseconds. Jittered, so that many bots do not return as one. */
export function drawRetry(failures: number, random: () => number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS) * (0.5 + random() / 2);
}
