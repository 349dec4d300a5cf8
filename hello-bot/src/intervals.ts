/** The shortest pause between two posts … */
const SHORTEST_INTERVAL_MS = 1_000;

/** … and the longest. */
const LONGEST_INTERVAL_MS = 10_000;

/**
 * Draws the pause before the next post, uniform between the limits, in milliseconds. `random` returns numbers in [0,
 * 1).
 */
export function drawInterval(random: () => number): number {
  return SHORTEST_INTERVAL_MS + random() * (LONGEST_INTERVAL_MS - SHORTEST_INTERVAL_MS);
}

/** Pauses before a failed post is retried: the first, and the maximum of the doubling. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/**
 * Draws the pause after the `failures`-th failure in a row (from 1), in milliseconds. Jittered, so that many bots do
 * not retry together.
 */
export function drawRetry(failures: number, random: () => number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS) * (0.5 + random() / 2);
}
