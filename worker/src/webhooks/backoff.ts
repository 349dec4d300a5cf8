/** After the first failure, ms. It doubles with each. */
const FIRST_MS = 1_000;

/** The longest pause of our own, ms: a receiver that is back has its messages within this. */
const LONGEST_MS = 10 * 60 * 1_000;

/** The longest pause that a receiver may ask for, ms. */
const LONGEST_ASKED_MS = 60 * 60 * 1_000;

/** A receiver that failed so long, ms, is not asked any more: three days span a weekend. */
export const GIVE_UP_AFTER_MS = 3 * 24 * 60 * 60 * 1_000;

/**
 * How long to wait after `failures` failures in a row (this one included), ms: doubling, less up to half by chance, so that what failed together does not
 * come back together; at least what the receiver asked for by `Retry-After`, within bounds.
 */
export function pauseAfter(failures: number, askedMs = 0, random: () => number = Math.random): number {
  const full = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  const own = full * (1 - random() / 2);
  return Math.round(Math.max(own, Math.min(askedMs, LONGEST_ASKED_MS)));
}
