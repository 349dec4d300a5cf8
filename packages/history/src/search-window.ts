import type { SearchCursor, SearchPosition } from './search.ts';

/** Messages that are ranked together: the newest matches. */
export const WINDOW = 1_000;

/** Half-life of the recency bonus, ms: 30 days. */
export const FRESH_MS = 30 * 24 * 60 * 60 * 1_000;

/** The part of a score that does not depend on age, so that the better of two old messages stays the better one. */
export const AGELESS = 0.25;

/** Time limit of a search, ms: longer than a person waits. */
export const SEARCH_TIMEOUT_MS = 2_000;

/** Later than any message. */
export const END: SearchPosition = [Number.MAX_SAFE_INTEGER, 0, 0];

/** A match of a window. */
export interface Scored {
  score: number;
  position: SearchPosition;
}

/** The part of a window that a page takes, and where the next page continues. */
export interface Taken<Match> {
  taken: Match[];
  next: SearchCursor | undefined;
}

/**
 * The best `count` matches of a window after those already returned, and where to continue. The matches are given
 * newest first.
 */
export function take<Match extends Scored>(
  window: readonly Match[],
  at: SearchCursor,
  count: number,
): Taken<Match> {
  const newest = window[0];
  const oldest = window.at(-1);
  if (newest === undefined || oldest === undefined) return { taken: [], next: undefined };
  const [createdMs, channelId, seq] = newest.position;
  const fresh = at.last === undefined;
  const top: SearchPosition = fresh ? [createdMs, channelId, seq + 1] : at.top;
  const bottom = at.bottom ?? (window.length < WINDOW ? undefined : oldest.position);

  const { last } = at;
  const ranked = window.filter((match) => last === undefined || byRank(last, match) < 0).sort(byRank);
  const taken = ranked.slice(0, count);
  const given = taken.at(-1);
  if (given !== undefined && ranked.length > count) {
    return { taken, next: { now: at.now, top, bottom, last: given } };
  }
  return { taken, next: bottom && { now: at.now, top: bottom } };
}

/** By score, then the newer first. */
function byRank(a: Scored, b: Scored): number {
  if (a.score !== b.score) return b.score - a.score;
  for (const [index, part] of a.position.entries()) {
    const other = b.position[index] as number;
    if (part !== other) return other - part;
  }
  return 0;
}
