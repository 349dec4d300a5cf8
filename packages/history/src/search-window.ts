import type { SearchCursor, SearchPlace } from './search.ts';

/** Messages that are ranked together: the newest ones that match. */
export const WINDOW = 1_000;

/** Half of what newness counts for is gone after this, ms: 30 days. */
export const FRESH_MS = 30 * 24 * 60 * 60 * 1_000;

/** The part of a score that does not go with age, so that the better of two old messages stays the better one. */
export const AGELESS = 0.25;

/** A search that takes longer than this is given up, ms: a person has given up too. */
export const SEARCH_TIMEOUT_MS = 2_000;

/** Later than any message. */
export const END: SearchPlace = [Number.MAX_SAFE_INTEGER, 0, 0];

/** A match of a window. */
export interface Scored {
  score: number;
  place: SearchPlace;
}

/** What a page takes of a window, and where the next page goes on. */
export interface Taken<Match> {
  taken: Match[];
  next: SearchCursor | undefined;
}

/** Of a window's matches, newest first, the best `count` after those that were given; and where to go on. */
export function take<Match extends Scored>(
  window: readonly Match[],
  at: SearchCursor,
  count: number,
): Taken<Match> {
  const newest = window[0];
  const oldest = window.at(-1);
  if (newest === undefined || oldest === undefined) return { taken: [], next: undefined };
  const [createdMs, channelId, seq] = newest.place;
  const fresh = at.last === undefined;
  const top: SearchPlace = fresh ? [createdMs, channelId, seq + 1] : at.top;
  const bottom = at.bottom ?? (window.length < WINDOW ? undefined : oldest.place);

  const { last } = at;
  const ranked = window.filter((match) => last === undefined || byRank(last, match) < 0).sort(byRank);
  const taken = ranked.slice(0, count);
  const given = taken.at(-1);
  if (given !== undefined && ranked.length > count) {
    return { taken, next: { now: at.now, top, bottom, last: given } };
  }
  return { taken, next: bottom && { now: at.now, top: bottom } };
}

/** The better first; of two that are as good the newer. */
function byRank(a: Scored, b: Scored): number {
  if (a.score !== b.score) return b.score - a.score;
  for (const [index, part] of a.place.entries()) {
    const other = b.place[index] as number;
    if (part !== other) return other - part;
  }
  return 0;
}
