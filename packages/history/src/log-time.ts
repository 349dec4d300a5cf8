/**
 * How time and a log go together. The store dates events so that time never runs backwards along a channel: none is dated before the one
 * before it. What it finds may have been dated otherwise, by hand or where the head's date was mended (docs/operate.md, "Clocks"), so nothing here
 * takes that for granted (issue 13, C1).
 */

/**
 * Events that are looked back over where a place was found by halves, which costs the store a millisecond at most. The place is the right
 * one unless more events in a row than these are dated wrongly.
 */
export const LOOKED_BACK = 1_000;

/** Events looked at in one step of retention by age: some milliseconds of the store. */
export const RUN_STEP = 10_000;
