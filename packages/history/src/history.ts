import type { Author, Change, LogEvent, Message } from '@carillon/protocol';
import type { ChannelAccess, Visibility } from './access.ts';
import type { ReadScope } from './read-scope.ts';
import type { Reads } from './reads.ts';
import type { Search } from './search.ts';
import type { Tickets } from './tickets.ts';
import type { Webhooks } from './webhooks.ts';

/** A message that is not yet in the log. The store gives it its seq and its time. */
export interface Draft {
  channel: string;
  author: Author;
  body: string;
  replyTo?: number;
  /** The caller's `Idempotency-Key`; one author's key names one message of a channel, and of a scope. */
  key?: string;
  /** Printable. The same key in another scope names another message; nobody is told of it. */
  keyScope?: string;
}

/** What became of one draft. */
export type Appended =
  | { outcome: 'created'; message: Message }
  /** The key was used for the same message before: here it is. */
  | { outcome: 'repeated'; message: Message }
  /** The key was used for another message; nothing was stored. */
  | { outcome: 'conflict' };

type Drafted<Kind> = Kind extends Change ? Omit<Kind, 'seq' | 'createdAt'> : never;

/** A change that is not yet in the log. */
export type NewChange = Drafted<Change>;

type Reacted = Extract<NewChange, { type: 'reaction' }>;

/** What somebody does to a message. Whether they may is the caller's to know. */
export type ChangeDraft = Extract<NewChange, { type: 'edit' | 'delete' | 'pin' }> | Omit<Reacted, 'count'>;

/** What became of it; `message` is as it is then for who did it, with its reactions. */
export type Changed =
  | { outcome: 'changed'; change: Change; message: Message }
  /** It was so already; the log has no event of it. */
  | { outcome: 'unchanged'; message: Message }
  /** There is no such message, or no more. */
  | { outcome: 'missing' }
  /** The message was deleted before. */
  | { outcome: 'deleted' }
  /**
   * It has {@link MAX_EMOJI_PER_MESSAGE} different emoji, or was edited {@link MAX_EDITS_PER_MESSAGE} times; or its channel has
   * {@link MAX_PINS_PER_CHANNEL} pinned messages.
   */
  | { outcome: 'full' };

/** Edits of one message: a deletion takes the texts of all of them away at once, and holds the channel up meanwhile. */
export const MAX_EDITS_PER_MESSAGE = 500;

/** Different emoji on one message: two lines of a page. */
export const MAX_EMOJI_PER_MESSAGE = 20;

/** Pinned messages of one channel: all of them are read at once, and nobody looks through more. */
export const MAX_PINS_PER_CHANNEL = 50;

/** A message that is pinned, as it is now; who pinned it, and the seq and time (ISO 8601) of that. */
export interface Pin {
  message: Message;
  author: Author;
  seq: number;
  createdAt: string;
}

/** Which messages of a channel: the `limit` nearest before `before`, or after `after`; the newest where neither is given. */
export interface PageAsked {
  before?: number | undefined;
  after?: number | undefined;
  limit: number;
  /** Whose reactions are marked as theirs: an author's id. */
  viewer?: string | undefined;
}

/** Messages as they are now with their reactions, and the channel's extent, all of one moment. */
export interface Page extends Extent {
  /** Oldest first. */
  messages: Message[];
  /** There are messages before these. */
  older: boolean;
  /** There are messages after these. */
  newer: boolean;
}

/** A text that a message had, by whom and since when. `seq` is the message's own of the first, and of the edit else. */
export type Revision = Pick<Message, 'seq' | 'author' | 'body' | 'createdAt'>;

/** Where a channel's log begins and ends. A channel nobody posted to is `{ earliest: 1, head: 0 }`. */
export interface Extent {
  /** seq of the oldest event still kept. `head + 1` where none is. */
  earliest: number;
  /** seq of the newest event, 0 where there is none. */
  head: number;
}

/** An extent, and of a channel of which a stretch was named what its events' times come to. */
export interface ToldExtent extends Extent {
  /** Of the events of the stretch that are kept: their times (ms since 1970) modulo {@link TIMES_MODULUS}, added up. */
  times?: number;
}

/** So that the times of more events than a channel has stay a safe integer; it repeats after 49 days. */
export const TIMES_MODULUS = 2 ** 32;

export interface ChannelSummary extends Extent {
  channel: string;
  /** When the newest event was committed, ISO 8601. */
  lastAt: string;
  visibility: Visibility;
  /** Empty where there is none. */
  topic: string;
  archived: boolean;
}

/** Events of one channel that are committed and were not (known to be) published. */
export interface Unpublished {
  channel: string;
  /** Every event up to this seq is known to be published. */
  published: number;
  head: number;
}

/** Events of one channel that follow each other, both ends among them. */
export interface Stretch {
  channel: string;
  first: number;
  last: number;
}

/** The version of the store's tables, and the one that this code needs. */
export interface SchemaVersion {
  applied: number;
  known: number;
}

export interface Retention {
  /** Only of this channel; of all where undefined. */
  channel?: string;
  /** Events older than this are dropped, milliseconds: those before the first that is not, as `seqBefore` tells it, whatever their number. */
  maxAgeMs?: number;
  /** Of each channel only this many events are kept. */
  maxCount?: number;
}

/**
 * The durable log of every channel: the truth. What `append` answered is on disk; everything else in Carillon
 * may die. Every method but `close` throws {@link HistoryUnavailable} where the store cannot be reached.
 */
export interface History {
  /**
   * The identity of this store's data: cursors of another epoch are void. Known from the moment it is opened; where the store is replaced
   * while it is open, another once `extents` or `unpublished` have answered.
   */
  readonly epoch: string;

  /** The webhooks: cursors that lie beside the log they read. */
  readonly webhooks: Webhooks;

  /** Who may use a channel, and what moderators did. */
  readonly access: ChannelAccess;
  /** How far each person has read. */
  readonly reads: Reads;

  /** Single-use tickets for streams. */
  readonly tickets: Tickets;
  /** The full-text index. */
  readonly search: Search;

  /**
   * Commits the drafts in one transaction and answers for each, in their order. Drafts of one channel get
   * consecutive seqs in the order given. All or nothing: where it throws with `stored: 'no'`, none is stored.
   */
  append(drafts: readonly Draft[]): Promise<Appended[]>;

  /**
   * Commits one change in one transaction. What is so already makes no event. `of`: whose message it is, where a moderator does it;
   * the audit gets its line with the change.
   */
  change(draft: ChangeDraft, of?: Author): Promise<Changed>;

  /** One event, or undefined where it is not (or no more) kept. */
  get(channel: string, seq: number): Promise<LogEvent | undefined>;

  /**
   * Events with seq > `after`, oldest first: at most `limit`, and no more than about `maxBytes` of bodies but
   * always one where there is one. Consecutive: the first is the oldest kept after `after`. A message is as it is now.
   */
  after(channel: string, after: number, limit: number, maxBytes?: number): Promise<LogEvent[]>;

  /** A page of messages, without the changes between them. */
  messages(channel: string, asked: PageAsked): Promise<Page>;

  /** The texts that a message had, oldest first: those with seq > `after`, at most `limit`. None where it was deleted or is not there. */
  revisions(channel: string, seq: number, after: number, limit: number): Promise<Revision[]>;

  /** The pinned messages of a channel, the one that was pinned last first; at most {@link MAX_PINS_PER_CHANNEL}. */
  pins(channel: string): Promise<Pin[]>;

  /**
   * Extents of many channels in one query. A channel that is not there yet is left out. Of a stretch of one of them, at most one a
   * channel, it tells the times too: so who had these events from elsewhere knows whether they are those of the log.
   */
  extents(channels: readonly string[], stretches?: readonly Stretch[]): Promise<Map<string, ToldExtent>>;

  /**
   * seq of the last event dated before `ageMs` milliseconds ago by the store's clock, `earliest - 1` where there is none. Where dates do not
   * grow with seq: of the last one before the first that is as young, so that what follows it has all that is. A date ahead of the clock says
   * nothing: such an event goes with the next one that is not. Exact where no more than LOOKED_BACK events (log-time.ts) in a row are dated wrongly.
   */
  seqBefore(channel: string, ageMs: number): Promise<number>;

  /** Channels by name, those after `after`, at most `limit`: all, or those that somebody may read. */
  channels(after: string | undefined, limit: number, scope?: ReadScope): Promise<ChannelSummary[]>;

  /** Channels whose head was committed over `ageMs` ago and is not marked published; at most `limit`. */
  unpublished(ageMs: number, limit: number): Promise<Unpublished[]>;

  /**
   * Notes that these are on the bus. Several processes publish one channel's events: a mark moves on once what is before it
   * is noted too, by whomever. It never moves back.
   */
  markPublished(stretches: readonly Stretch[]): Promise<void>;

  /** Drops what is over the bounds, in bounded steps, and moves each channel's `earliest`. Gives the number of events dropped. */
  retain(retention: Retention): Promise<number>;

  /** A write and a read that shows the store works. Where something found no room, HistoryFull until there is room again. */
  ping(): Promise<void>;

  /** How far the store's schema is. */
  schema(): Promise<SchemaVersion>;

  close(): Promise<void>;
}

/** The store cannot be reached. `stored` says what is known of a write: `no`, or `unknown` where it went away in the middle of a commit. */
export class HistoryUnavailable extends Error {
  readonly stored: 'no' | 'unknown';

  constructor(message: string, options: { cause?: unknown; stored?: 'no' | 'unknown' } = {}) {
    super(message, { cause: options.cause });
    this.stored = options.stored ?? 'no';
  }
}

/** The disk has no room for what was to be stored: nothing was. Told as that, for somebody has to make room. */
export class HistoryFull extends HistoryUnavailable {}

/** Another process has this store open. */
export class DirectoryInUse extends Error {}

/** What the URL names is no store that this Carillon can serve; the message says why. To start again does not help. */
export class UnfitStore extends Error {}
