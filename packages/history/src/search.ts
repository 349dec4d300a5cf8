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
  /** Only messages posted before this, ms since 1970. */
  before?: number | undefined;
  /** The end of the previous page, see {@link SearchPage.next}. */
  cursor?: SearchCursor | undefined;
  limit: number;
}

/** A message's position in time, across all channels, by the time of its commit. */
export type SearchPosition = readonly [createdMs: number, channelId: number, seq: number];

/**
 * The end of a page. Matching messages are ranked in windows, the newest first, each small enough to rank cheaply. The
 * window's bounds and the reference time for ages stay those of the first page, so new messages do not shift the
 * results.
 */
export interface SearchCursor {
  /** ms since 1970, by the store's clock. */
  now: number;
  /** The window begins before this. */
  top: SearchPosition;
  /** Its oldest message; undefined if it extends to the first. */
  bottom?: SearchPosition | undefined;
  /** The last returned message and its score; undefined if none of this window was returned. */
  last?: { score: number; position: SearchPosition } | undefined;
}

export interface SearchHit {
  message: Message;
  /** The text around the match. */
  excerpt: Segment[];
}

export interface SearchPage {
  /** Best first. */
  hits: SearchHit[];
  /** Undefined if there are no more results. */
  next: SearchCursor | undefined;
}

/** The result of one indexing turn. */
export interface Indexed {
  /** Messages that were added to the index, or updated after an edit. */
  messages: number;
  /** Events still to be indexed in the examined channels. */
  behind: number;
  /** There is more to do right away. */
  more: boolean;
}

/** A search takes longer than anybody waits. */
export class SearchTooSlow extends Error {}

/**
 * The full-text index: a cursor over the log of each channel. Posts do nothing for it. Every method throws
 * HistoryUnavailable if the store cannot be reached.
 */
export interface Search {
  /** @throws SearchTooSlow */
  find(request: SearchRequest): Promise<SearchPage>;

  /**
   * Indexes the next events of some channels whose cursor is behind: about `events`, or a default of a few hundred, in
   * one transaction. Any number of processes may do it at once: they take different channels.
   */
  index(events?: number): Promise<Indexed>;
}
