import type { Author, Identity } from '@carillon/protocol';
import type { ChannelOf } from './channel.ts';
import type { Sink } from './sink.ts';

/** A channel as this node knows it, and its subscribers here. */
export type Channel = ChannelOf<Subscriber>;

/** A cursor: how far a stream has come in a channel. */
export interface Subscriber {
  readonly stream: Stream;
  readonly channel: Channel;
  /** seq of the last event handed to the stream; the next it needs is `seq + 1`. */
  seq: number;
  /** The next events are being read from the store. */
  waiting: boolean;
  /** Index in the channel's list of subscribers; -1 before it joins and after it leaves. */
  index: number;
}

/** Counts the open streams of an address. */
export interface StreamQuota {
  /** A stream was opened. */
  take(): void;
  /** A stream was closed. */
  release(): void;
}

/** What is known of the reader that opens a stream. */
export interface Reader {
  identity: Identity;
  /** Undefined if there is no limit. */
  quota: StreamQuota | undefined;
  /** The HTTP request that opened the stream, by the ids of its line in the log. */
  httpRequest?: { readonly id: string; readonly traceId: string | undefined } | undefined;
}

/** A stream that ends by itself, in the list of those that end with it (`expiry.ts`). */
export interface Ending {
  readonly stream: Stream;
  /** Tick of the wheel at which it ends. */
  readonly tick: number;
  /** Index in the tick's list. */
  index: number;
}

/** A reader's connection, with a cursor for each of its channels. */
export interface Stream {
  readonly sink: Sink;
  /** The reader, and until when it may read. */
  readonly identity: Identity;
  /** The person others see here: undefined for readers without a name, and for parts of Carillon. */
  readonly person: Author | undefined;
  readonly quota: StreamQuota | undefined;
  readonly httpRequest: Reader['httpRequest'];
  /** When it was opened, ms since 1970. */
  readonly opened: number;
  /** Sum of its cursors' seqs at the beginning, plus the events that were lost on the way: the rest was delivered. */
  seqsBefore: number;
  /** Events that a cursor was behind its channel's head, at most. */
  lagMost: number;
  /** False while the connection takes no more; its cursors wait. */
  writable: boolean;
  closed: boolean;
  /** It was skipped by a presence fan-out, and gets the newest state with its next heartbeat. */
  missed: boolean;
  /** One for each channel, in the order of the channels' names. Empty until the stream has begun. */
  subscribers: readonly Subscriber[];
  /** What its cursor begins with; made once, for a stream of several channels. */
  cursorPrefix: string;
  /** Its heartbeat wheel (by period, s), its slot there, and its index in the slot's list. */
  heartbeatSeconds: number;
  slot: number;
  index: number;
  /** Undefined for a stream that does not end by itself. */
  ending: Ending | undefined;
  /** Its neighbours in the list of its person's streams (`streams-by-person.ts`). */
  older: Stream | undefined;
  newer: Stream | undefined;
}

/** A stream that has no cursors yet. Its bytes go to `sink`. */
export function createStream(sink: Sink, { identity, quota, httpRequest }: Reader): Stream {
  return {
    sink,
    identity,
    person: identity.kind === 'guest' || identity.kind === 'person' ? identity.author : undefined,
    quota,
    httpRequest,
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
    index: -1,
    ending: undefined,
    older: undefined,
    newer: undefined,
  };
}
