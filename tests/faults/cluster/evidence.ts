import type { Message } from '@carillon/protocol';

/** One message of a writer, with all attempts to post it. Times are of `Date.now()`, which a machine's processes share. */
export interface Post {
  readonly writer: string;
  readonly key: string;
  readonly channel: string;
  readonly body: string;
  readonly sentAt: number;
  attempts: number;
  /** When it was acknowledged, and as what. */
  ackedAt?: number;
  message?: Message;
  /** Why it never will be. */
  failure?: string;
}

/** A message that an application was given. */
export interface Arrival {
  readonly channel: string;
  readonly seq: number;
  readonly key?: string | undefined;
  readonly body: string;
  readonly at: number;
}

/** All that one application was given of its channels, from their first message on. */
export interface Reading {
  readonly reader: string;
  readonly channels: readonly string[];
  /** It was promised each message at least once, in any order: a consumer of Kafka. */
  readonly isLoose?: boolean;
  /** In the order in which they came. */
  readonly arrivals: readonly Arrival[];
  /** Streams that told of a loss, or that gave up. */
  readonly complaints: readonly string[];
}

/** What a trial leaves behind. */
export interface Evidence {
  /** In the order in which each writer sent them. */
  readonly posts: readonly Post[];
  readonly readings: readonly Reading[];
  /** What the store has in the end, by channel, oldest first. */
  readonly logs: ReadonlyMap<string, readonly Message[]>;
}
