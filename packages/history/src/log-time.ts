/**
 * How times and a log relate. The store assigns times that never decrease along a channel. But the log may contain
 * other times, changed by hand or before the head's time was corrected (docs/operate.md, "Clocks"), so nothing here
 * relies on the order (issue 13, C1).
 */

/**
 * Events that are checked before the result of a binary search, which costs the store at most a millisecond. The result
 * is exact unless more events in a row than these have a wrong time.
 */
export const LOOKED_BACK = 1_000;

/** Events examined in one step of retention by age: some milliseconds of the store. */
export const RUN_STEP = 10_000;
