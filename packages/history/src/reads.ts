import type { Message } from '@carillon/protocol';

/** Limit of the count of unread messages in each channel of a list: people read "99+" like the number. */
export const MAX_UNREAD = 100;

/** Number of newest messages that are examined to count unread ones: as many again may be your own, or deleted. */
export const COUNTED_MESSAGES = 2 * MAX_UNREAD;

/** Code points of the last message that a list shows: a line or two. */
export const LAST_BODY_LENGTH = 200;

/** How far a person has read a channel, and what came after. */
export interface ReadState {
  /** seq up to which the person has read; 0 for never. */
  read: number;
  /** Number of later messages by others that are not deleted, at most {@link MAX_UNREAD}. */
  unread: number;
  /** How many of these mention the person; at most {@link MAX_UNREAD}. */
  mentions: number;
}

/** A channel as a list shows it. */
export interface ChannelOverview {
  /** Its newest message, with the body cut at {@link LAST_BODY_LENGTH}; undefined if none is kept. */
  last: Message | undefined;
  /** Undefined for anonymous callers. */
  reader: ReadState | undefined;
}

/** The person whose state it is: `handles` are the names by which a text mentions them. */
export interface Reader {
  id: string;
  handles: readonly string[];
  /** Guests can create thousands of identities, so their cursors are kept for a shorter time. */
  guest?: boolean;
}

/** Days after which a guest's unmoved cursor is deleted: then all of the channel is unread. */
export const GUEST_READS_DAYS = 30;

/** Days for everybody else: longer than a session lasts. */
export const READS_DAYS = 400;

export type Marked =
  | ({ outcome: 'marked' } & ReadState)
  /** `seq` is after the channel's newest event; nothing was done. */
  | { outcome: 'ahead'; head: number }
  | { outcome: 'missing' };

/**
 * A read cursor for each person and channel. It only moves forward. Every method throws HistoryUnavailable if the store
 * cannot be reached.
 */
export interface Reads {
  /** Records that `reader` has read `channel` up to `seq`. A smaller seq than before changes nothing. */
  mark(reader: Reader, channel: string, seq: number): Promise<Marked>;

  /** The overview of these channels for a list, in one query. Channels that do not exist are left out. */
  overview(
    channels: readonly string[],
    reader: Reader | undefined,
  ): Promise<ReadonlyMap<string, ChannelOverview>>;

  /**
   * Deletes cursors that were not moved for {@link GUEST_READS_DAYS} or {@link READS_DAYS}, in bounded steps; resolves
   * to their number.
   */
  sweep(): Promise<number>;
}
