import { type Author, DENIED_REASONS, type Identity } from '@carillon/protocol';
import type { Channel } from './channel.ts';
import type { Ending } from './expiry.ts';

/** Where a stream's bytes go: a socket, or in a test a list. All of them are whole chunks (`chunk.ts`). */
export interface Sink {
  /** Takes bytes, which stay shared: never written to. False: take no more until the stream is told `drained`. */
  write(bytes: Buffer): boolean;
  /** Takes two pieces that belong together, in one write to the network where it can. */
  writePair(first: Buffer, second: Buffer): boolean;
  /** Nothing handed in is still waiting to leave. */
  readonly idle: boolean;
  /** Called when a heartbeat is due and it is not idle, at `now` in clock ms: gives up a reader that does not move. */
  checkProgress(now: number): void;
  /** Sends `last` and cuts the connection without a last chunk, so that every client knows that the stream goes on. */
  cut(last?: Buffer): void;
  /** Sends `last` and the last chunk: the stream is over for good. */
  end(last: Buffer): void;
}

/** A cursor: a stream's place in one channel. */
export interface Subscriber {
  readonly stream: Stream;
  readonly channel: Channel;
  /** seq of the last event handed to the stream; the next it needs is `seq + 1`. */
  seq: number;
  /** What comes next is being read from the store. */
  waiting: boolean;
  /** Index in the channel's list of subscribers; -1 once it has left. */
  place: number;
}

/** Whose open streams are counted: an address. */
export interface Holder {
  /** A stream was opened. */
  take(): void;
  /** A stream was closed. */
  release(): void;
}

/** What is known of who opens a stream. */
export interface Reader {
  identity: Identity;
  /** Undefined where there is no limit. */
  holder: Holder | undefined;
  /** The request it came with, as its line in the log names it. */
  request?: { readonly id: string; readonly traceId: string | undefined } | undefined;
}

/**
 * Why a stream ended: its reader closed it or its connection broke (`left`), its bytes did not move (`stalled`), the node
 * goes down (`drain`), it was open for as long as a stream may be (`age`), or it may not read any longer.
 */
export const END_REASONS = ['left', 'stalled', 'drain', 'age', ...DENIED_REASONS] as const;
export type EndReason = (typeof END_REASONS)[number];

/** One reader's connection, with a cursor for each of its channels. */
export interface Stream {
  readonly sink: Sink;
  /** Who reads, and until when. */
  readonly identity: Identity;
  /** Whom others see here: undefined for who gave no name, and for parts of Carillon. */
  readonly person: Author | undefined;
  readonly holder: Holder | undefined;
  readonly request: Reader['request'];
  /** When it was opened, ms since 1970. */
  readonly opened: number;
  /** The sum of its cursors' seqs at the beginning, and of what was gone before it could be read: the rest was delivered. */
  seqsBefore: number;
  /** Events that a cursor was behind its channel's head, at most. */
  lagMost: number;
  /** False while the reader takes no more; its cursors wait. */
  writable: boolean;
  closed: boolean;
  /** It was passed by with news of who is here or types, and is told later. */
  missed: boolean;
  /** One for each channel, in the order of their names. Empty until the stream has begun. */
  subscribers: readonly Subscriber[];
  /** What its cursor begins with; made once, where it has several channels. */
  cursorPrefix: string;
  /** Which heartbeat wheel it is in, by its seconds, in which slot, and where in it. */
  heartbeatSeconds: number;
  slot: number;
  place: number;
  /** Where it stands among those that expire, if it does. */
  ending: Ending | undefined;
  /** Its neighbours in the list of its person's streams. */
  older: Stream | undefined;
  newer: Stream | undefined;
}

export function createStream(sink: Sink, { identity, holder, request }: Reader): Stream {
  return {
    sink,
    identity,
    person: identity.kind === 'guest' || identity.kind === 'person' ? identity.author : undefined,
    holder,
    request,
    opened: Date.now(),
    seqsBefore: 0,
    lagMost: 0,
    writable: true,
    closed: false,
    missed: false,
    subscribers: [],
    cursorPrefix: '',
    heartbeatSeconds: 0,
    slot: -1,
    place: -1,
    ending: undefined,
    older: undefined,
    newer: undefined,
  };
}
