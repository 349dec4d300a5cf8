import type { Message } from '@carillon/protocol';

/** Unread messages are counted up to this, in each channel of a list: a person reads "99+" the same as the number. */
export const MAX_UNREAD = 100;

/** Messages looked at to count what is unread, the newest: as many again may be one's own, or deleted. */
export const COUNTED_MESSAGES = 2 * MAX_UNREAD;

/** Code points of a last message that a list shows: a line or two. */
export const LAST_BODY_LENGTH = 200;

/** How far a person has read a channel, and what came after. */
export interface ReadState {
  /** seq up to which the person has read; 0 where never. */
  read: number;
  /** Messages of others after that which are not deleted, counted up to {@link MAX_UNREAD}. */
  unread: number;
  /** Of these, those that mention the person; counted up to {@link MAX_UNREAD}. */
  mentions: number;
}

/** A channel as a list shows it. */
export interface ChannelOverview {
  /** Its newest message, the body cut at {@link LAST_BODY_LENGTH}; undefined where none is kept. */
  last: Message | undefined;
  /** Undefined where nobody asks. */
  reader: ReadState | undefined;
}

/** Whose state it is: `handles` are the names by which a text mentions them. */
export interface Reader {
  id: string;
  handles: readonly string[];
  /** Whoever likes can make thousands of them. */
  guest?: boolean;
}

/** A guest's cursor that is not moved for so long goes: then all of the channel is unread. */
export const GUEST_READS_DAYS = 30;

/** Anybody else's: longer than a session lives. */
export const READS_DAYS = 400;

export type Marked =
  | ({ outcome: 'marked' } & ReadState)
  /** `seq` lies behind the channel's newest event; nothing was done. */
  | { outcome: 'ahead'; head: number }
  | { outcome: 'missing' };

/**
 * A read cursor for each person and channel. It only moves forward. Every method throws HistoryUnavailable where the store
 * cannot be reached.
 */
export interface Reads {
  /** Says that `reader` has read `channel` up to `seq`. Less than before changes nothing. */
  mark(reader: Reader, channel: string, seq: number): Promise<Marked>;

  /** What a list shows of these channels, in one query. One that is not there is left out. */
  overview(
    channels: readonly string[],
    reader: Reader | undefined,
  ): Promise<ReadonlyMap<string, ChannelOverview>>;

  /** Drops the cursors that nobody moved for {@link GUEST_READS_DAYS} or {@link READS_DAYS}, in bounded steps; gives their number. */
  sweep(): Promise<number>;
}
