import type { Author, Change, LogEvent, Message } from '@carillon/protocol';
import type { ChannelAccess, Visibility } from './access.ts';
import type { HistoryUnavailable } from './history-errors.ts';
import type { ReadScope } from './read-scope.ts';
import type { Reads } from './reads.ts';
import type { Search } from './search.ts';
import type { Tickets } from './tickets.ts';
import type { Webhooks } from './webhooks.ts';

/** A message that is not yet in the log. The store assigns its seq and time. */
export interface Draft {
  channel: string;
  author: Author;
  body: string;
  replyTo?: number;
  /** The caller's `Idempotency-Key`; it identifies one message of an author in a channel and a scope. */
  key?: string;
  /** Printable. The same key in another scope identifies another message. The scope is never shown to anybody. */
  keyScope?: string;
}

/** The result for one draft. */
export type Appended =
  | { outcome: 'created'; message: Message }
  /** The key was used for the same message before: this one. */
  | { outcome: 'repeated'; message: Message }
  /** The key was used for another message; nothing was stored. */
  | { outcome: 'conflict' };

type Drafted<Kind> = Kind extends Change ? Omit<Kind, 'seq' | 'createdAt'> : never;

/** A change that is not yet in the log. */
export type NewChange = Drafted<Change>;

type Reacted = Extract<NewChange, { type: 'reaction' }>;

/** A change of a message. The caller has to check the permission. */
export type ChangeDraft = Extract<NewChange, { type: 'edit' | 'delete' | 'pin' }> | Omit<Reacted, 'count'>;

/** The result; `message` is its new state for the author of the change, with its reactions. */
export type Changed =
  | { outcome: 'changed'; change: Change; message: Message }
  /** There was nothing to change; the log has no new event. */
  | { outcome: 'unchanged'; message: Message }
  /** The message does not exist (any more). */
  | { outcome: 'missing' }
  /** The message was deleted before. */
  | { outcome: 'deleted' }
  /**
   * The message has {@link MAX_EMOJI_PER_MESSAGE} different emoji, or was edited {@link MAX_EDITS_PER_MESSAGE} times;
   * or its channel has {@link MAX_PINS_PER_CHANNEL} pinned messages.
   */
  | { outcome: 'full' };

/** The outcomes of a change that was not made. */
export type Refused = Exclude<Changed['outcome'], 'changed'>;

/** Edits of one message: a deletion erases all their texts at once, and blocks the channel meanwhile. */
export const MAX_EDITS_PER_MESSAGE = 500;

/** Different emoji on one message: two lines of a page. */
export const MAX_EMOJI_PER_MESSAGE = 20;

/** Pinned messages of one channel: all are read at once, and nobody looks through more. */
export const MAX_PINS_PER_CHANNEL = 50;

/** A pinned message in its current state; who pinned it, and the seq and time (ISO 8601) of the pin. */
export interface Pin {
  message: Message;
  author: Author;
  seq: number;
  createdAt: string;
}

/**
 * A request for a page: the `limit` messages nearest before `before`, or after `after`; the newest if neither is given.
 */
export interface PageAsked {
  before?: number | undefined;
  after?: number | undefined;
  limit: number;
  /** The author's id whose reactions are marked with `mine`. */
  viewer?: string | undefined;
}

/** Messages in their current state with their reactions, and the channel's extent, from one snapshot. */
export interface Page extends Extent {
  /** Oldest first. */
  messages: Message[];
  /** There are messages before these. */
  older: boolean;
  /** There are messages after these. */
  newer: boolean;
}

/**
 * A text that a message had, with its author and time. `seq` is the message's own for the first text, and the edit's
 * for later ones.
 */
export type Revision = Pick<Message, 'seq' | 'author' | 'body' | 'createdAt'>;

/** Where a channel's log begins and ends. A channel without posts is `{ earliest: 1, head: 0 }`. */
export interface Extent {
  /** seq of the oldest event still kept; `head + 1` if none is. */
  earliest: number;
  /** seq of the newest event, 0 without events. */
  head: number;
}

/** An extent and, for a channel whose seq range was given, the checksum of its events' times. */
export interface ExtentWithTimes extends Extent {
  /** Checksum of the kept events in the range: the sum of their times (ms since 1970) modulo {@link TIMES_MODULUS}. */
  times?: number;
}

/** Keeps the sum over any number of events a safe integer; it repeats after 49 days. */
export const TIMES_MODULUS = 2 ** 32;

export interface ChannelSummary extends Extent {
  channel: string;
  /** When the newest event was committed, ISO 8601. */
  lastAt: string;
  visibility: Visibility;
  /** Empty without a topic. */
  topic: string;
  archived: boolean;
}

/** Events of one channel that are committed and not known to be published. */
export interface Unpublished {
  channel: string;
  /** Every event up to this seq is known to be published. */
  published: number;
  head: number;
}

/** Consecutive events of one channel, both ends included. */
export interface SeqRange {
  channel: string;
  first: number;
  last: number;
}

/** The version of the store's tables, and the version that this code needs. */
export interface SchemaVersion {
  applied: number;
  known: number;
}

export interface Retention {
  /** Only this channel; all channels if undefined. */
  channel?: string;
  /**
   * Maximum age, milliseconds: events before the first younger event are deleted, as `seqBefore` determines it,
   * whatever their number.
   */
  maxAgeMs?: number;
  /** Maximum number of events in each channel. */
  maxCount?: number;
}

/**
 * The durable log of every channel: the source of truth. Whatever `append` has confirmed is on disk; everything else in
 * Carillon may be lost. Every method except `close` throws {@link HistoryUnavailable} if the store cannot be reached.
 */
export interface History {
  /**
   * The identity of this store's data: cursors of another epoch are invalid. Known as soon as the store is open; if the
   * store is replaced while it is open, it changes once `extents` or `unpublished` have answered.
   */
  readonly epoch: string;

  /** The webhooks: cursors stored next to the log that they read. */
  readonly webhooks: Webhooks;

  /** Who may use a channel, and the audit of moderation. */
  readonly access: ChannelAccess;
  /** How far each person has read. */
  readonly reads: Reads;

  /** Single-use tickets for streams. */
  readonly tickets: Tickets;
  /** The full-text index. */
  readonly search: Search;

  /**
   * Commits the drafts in one transaction; the results are in their order. Drafts of one channel get consecutive seqs
   * in this order. All or nothing: if it throws with `stored: 'no'`, none is stored.
   */
  append(drafts: readonly Draft[]): Promise<Appended[]>;

  /**
   * Commits one change in one transaction. A change without effect creates no event. `of`: the message's author, if a
   * moderator makes the change; then an audit line is written in the same transaction.
   */
  change(draft: ChangeDraft, of?: Author): Promise<Changed>;

  /** One event, or undefined if it is not kept (any more). */
  get(channel: string, seq: number): Promise<LogEvent | undefined>;

  /**
   * Events with seq > `after`, oldest first: at most `limit`, and at most about `maxBytes` of bodies but at least one
   * event if there is one. Consecutive: the first is the oldest event kept after `after`. Messages are in their current
   * state.
   */
  after(channel: string, after: number, limit: number, maxBytes?: number): Promise<LogEvent[]>;

  /** A page of messages, without the changes between them. */
  messages(channel: string, asked: PageAsked): Promise<Page>;

  /**
   * The texts that a message had, oldest first: those with seq > `after`, at most `limit`. Empty if it was deleted or
   * does not exist.
   */
  revisions(channel: string, seq: number, after: number, limit: number): Promise<Revision[]>;

  /** The pinned messages of a channel, the last pinned first; at most {@link MAX_PINS_PER_CHANNEL}. */
  pins(channel: string): Promise<Pin[]>;

  /**
   * Extents of many channels in one query. Channels that do not exist are left out. For a channel with a range in
   * `stretches`, at most one per channel, the checksum of the times is included: a node that has these events from
   * elsewhere can check whether they are those of the log.
   */
  extents(channels: readonly string[], ranges?: readonly SeqRange[]): Promise<Map<string, ExtentWithTimes>>;

  /**
   * seq of the last event older than `ageMs` milliseconds by the store's clock, `earliest - 1` if there is none. If
   * times do not grow with seq: the event before the first younger one, so that all younger events come after it. A
   * time in the future is ignored: its event is treated like the next one with a valid time. Exact unless more than
   * LOOKED_BACK events (log-time.ts) in a row have a wrong time.
   */
  seqBefore(channel: string, ageMs: number): Promise<number>;

  /** Channels after the name `after`, sorted by name, at most `limit`: all, or those within the scope. */
  channels(after: string | undefined, limit: number, scope?: ReadScope): Promise<ChannelSummary[]>;

  /** Channels whose head was committed more than `ageMs` ago and is not marked as published; at most `limit`. */
  unpublished(ageMs: number, limit: number): Promise<Unpublished[]>;

  /**
   * Marks these as published. Several processes publish events of one channel: a mark advances once all events before
   * it are marked, by whichever process. It never moves back.
   */
  markPublished(ranges: readonly SeqRange[]): Promise<void>;

  /**
   * Deletes what exceeds the limits, in bounded steps, and advances each channel's `earliest`. Resolves to the number
   * of deleted events.
   */
  retain(retention: Retention): Promise<number>;

  /**
   * Writes and reads a value to check the store. After a write that found the disk full: throws HistoryFull until there
   * is room again.
   */
  ping(): Promise<void>;

  /** The version of the store's schema. */
  schema(): Promise<SchemaVersion>;

  close(): Promise<void>;
}
