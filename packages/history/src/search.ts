import type { Message } from '@carillon/protocol';
import type { ReadScope } from './read-scope.ts';
import type { Segment } from './search-excerpt.ts';
import type { SearchQuery } from './search-query.ts';

export interface SearchRequest {
  query: SearchQuery;
  scope: ReadScope;
  /** Only in this channel. */
  channel?: string | undefined;
  /** Only by the author with this id. */
  author?: string | undefined;
  /** Only what was posted before this, ms since 1970. */
  before?: number | undefined;
  /** Where the page before this one ended, see {@link SearchPage.next}. */
  cursor?: SearchCursor | undefined;
  limit: number;
}

/** A message's place in time: among all channels by when it was committed. */
export type SearchPlace = readonly [createdMs: number, channelId: number, seq: number];

/**
 * Where a page ends. The messages that match are ranked in windows, the newest ones first, each of so many that its ranking is cheap;
 * a window's bounds and the time by which age counts stay as they were on the first page, so what is posted meanwhile moves nothing.
 */
export interface SearchCursor {
  /** ms since 1970, by the store's clock. */
  now: number;
  /** The window begins before this. */
  top: SearchPlace;
  /** Its oldest message; undefined where it goes back to the first. */
  bottom?: SearchPlace | undefined;
  /** The last message that was given, and its score; undefined where none of this window was. */
  last?: { score: number; place: SearchPlace } | undefined;
}

export interface SearchHit {
  message: Message;
  /** The text around what was found. */
  excerpt: Segment[];
}

export interface SearchPage {
  /** Best first. */
  hits: SearchHit[];
  /** Undefined where there is no more. */
  next: SearchCursor | undefined;
}

/** What one turn of indexing did. */
export interface Indexed {
  /** Messages that were put into the index, edited ones anew. */
  messages: number;
  /** Events that are still to be read in the channels that were looked at. */
  behind: number;
  /** There is more to do at once. */
  more: boolean;
}

/** A search takes longer than anybody waits. */
export class SearchTooSlow extends Error {}

/**
 * The full-text index: a cursor over the log of each channel. A post does nothing for it. Every method throws HistoryUnavailable
 * where the store cannot be reached.
 */
export interface Search {
  /** @throws SearchTooSlow */
  find(request: SearchRequest): Promise<SearchPage>;

  /**
   * Reads on in the logs of some channels whose cursor is behind, and indexes what is there: at most some hundred events, or as many
   * as `events` says, in one transaction. Any number of processes may do it at once: they take different channels.
   */
  index(events?: number): Promise<Indexed>;
}
