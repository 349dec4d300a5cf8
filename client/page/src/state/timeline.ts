import type { Author, Change, LogEvent, Message } from '@carillon/client';
import type { HeldMessage } from './apply-change.ts';
import { indexOf } from './seq-index.ts';

/** A message that was written here and is not confirmed. */
export interface Echo {
  /** The `Idempotency-Key` it is posted with; the stored message carries it too. */
  key: string;
  body: string;
  author: Author;
  /** By this machine's clock, ISO 8601. */
  sentAt: string;
  /** seq of the message that it answers. */
  replyTo?: number;
  /** The server cannot be reached; it is sent by itself when it can. */
  waiting?: boolean;
  /** Why it was not sent; undefined while it is being sent. */
  failure?: string;
}

/** A change of a message that was made here, and is shown before it comes back by the log. */
export type Pending = {
  id: string;
  target: number;
  author: Author;
  /** By this machine's clock, ISO 8601. */
  at: string;
  /** The server has done it; the event has not come yet. */
  done?: boolean;
  /** seq of its event, where the server said so. */
  seq?: number | undefined;
} & ({ kind: 'edit'; body: string } | { kind: 'delete' } | Reacting);

type Reacting = { kind: 'reaction'; emoji: string; op: 'add' | 'remove' };

export type ChannelChange = Extract<Change, { type: 'channel' }>;

/** What a message answers: as it is now (a tombstone, once it was deleted), or that it is no longer kept. Undefined until it was read. */
export type Quote = Message | 'missing' | undefined;

/** Messages between these two seqs (neither included) are gone for good. */
export interface Gap {
  after: number;
  before: number;
}

/**
 * What the page holds of one channel: a window of its log, at most {@link MAX_HELD} messages, and what is being done to it.
 * Pages come when they come; each tells the `head` it was read at, and the newest events are kept to bring it from there
 * to `position`. So each message is held once, in order, as it is at `position`.
 */
export interface Timeline {
  /** In the order of their seqs. An answer to a post may be here before the stream comes to it. */
  messages: readonly HeldMessage[];
  gaps: readonly Gap[];
  /** In the order they were sent. */
  echoes: readonly Echo[];
  pending: readonly Pending[];
  /** What became of the channel, in order; not all of what lies outside the window. */
  changes: readonly ChannelChange[];
  /** Messages that are quoted and not in the window. */
  quotes: ReadonlyMap<number, Message | 'missing'>;
  /** Id of the person at the page. */
  me: string | undefined;
  /** Whether a page was read: the window has its place. */
  opened: boolean;
  head: number;
  earliest: number;
  /** All messages from this seq to that are in the window; both included. */
  from: number;
  to: number;
  /** seq of the last event of the log that is in here. Undefined where none is known. */
  position: number | undefined;
  /** The newest events up to `position`, all of them from `recentFrom` on. */
  recent: readonly LogEvent[];
  recentFrom: number;
  /** Messages that came while the window did not reach them. */
  missed: number;
  /** The view is at the newest message, and somebody can see it. */
  following: boolean;
  visible: boolean;
  /** Everything up to this seq was on screen. Undefined where the channel was never open. */
  seen: number | undefined;
  /** The first message that came while nobody looked: a line is drawn above it. */
  newFrom: number | undefined;
  /** The server's history started over while the page was open. */
  rebuilt: boolean;
}

/** An empty timeline. `seen` is how far the channel was read on an earlier visit. */
export function emptyTimeline(seen?: number, me?: string): Timeline {
  return {
    messages: [],
    gaps: [],
    echoes: [],
    pending: [],
    changes: [],
    quotes: new Map(),
    me,
    opened: false,
    head: 0,
    earliest: 1,
    from: 1,
    to: 0,
    position: undefined,
    recent: [],
    recentFrom: 1,
    missed: 0,
    following: true,
    visible: true,
    seen,
    newFrom: undefined,
    rebuilt: false,
  };
}

/** Whether older messages may be kept than those held. */
export function hasOlder({ opened, from, earliest }: Timeline): boolean {
  return opened && from > earliest;
}

/** The window does not reach the newest message: what the stream brings is only counted. */
export function isDetached({ opened, to, position }: Timeline): boolean {
  return opened && position !== undefined && to < position;
}

/** The message with this seq, where it is in the window. */
export function heldAt({ messages }: Timeline, seq: number): HeldMessage | undefined {
  const found = messages[indexOf(messages, seq)];
  return found?.seq === seq ? found : undefined;
}

/** The message with this seq, for a reply that quotes it; undefined where it was not read yet. */
export function quoteOf(timeline: Timeline, seq: number): Quote {
  return heldAt(timeline, seq) ?? timeline.quotes.get(seq);
}
