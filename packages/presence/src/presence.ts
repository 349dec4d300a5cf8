import type { Author, PresenceEvent } from '@carillon/protocol';

/**
 * Who is on a channel, across nodes. Each node reports its open streams; a report counts while the node's lease runs,
 * so that a killed node leaves nobody behind. Presence is best effort: nothing waits for it, and it freezes while its
 * store is unavailable.
 */
export interface Presence {
  /** Records that a stream was opened here; `person` is undefined without a session. Costs no more than a counter. */
  join(channel: string, person: Author | undefined): void;

  /**
   * Records that a stream was closed. A person without another stream stays present for {@link RETURN_MS}: most people
   * reconnect.
   */
  leave(channel: string, person: Author | undefined): void;

  /**
   * Who is on the channel, at most {@link TURN_MS} ago. Rejects with {@link PresenceUnavailable} if that cannot be
   * determined.
   */
  read(channel: string): Promise<PresenceEvent>;

  /**
   * Calls `notify` with the presence of a channel that has streams here, after it may have changed on any node: at most
   * once in {@link TURN_MS} per channel. Returns a function that unsubscribes.
   */
  follow(notify: (present: PresenceEvent) => void): () => void;

  /**
   * Reports that somebody is typing. Followers on every node are notified within about {@link TYPING_GATHER_MS}; while
   * the store is unavailable, only followers on this node. A call may stand for one keystroke or many: followers decide
   * how long it counts.
   */
  type(channel: string, person: Author): void;

  /**
   * Calls `notify` for each person and channel that {@link type} was called with. Returns a function that unsubscribes.
   */
  followTyping(notify: (channel: string, person: Author) => void): () => void;

  /** Writes and reads a value to check the store. Rejects with {@link PresenceUnavailable} if that fails. */
  ping(): Promise<void>;

  /** Whether this node receives the reports of other nodes now. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/** The store is unavailable. */
export class PresenceUnavailable extends Error {}

/** How long changes are collected before followers are notified, ms: a busy channel costs one event a second. */
export const TURN_MS = 1_000;

/**
 * A person who returns within this time was never absent, ms: a reconnect takes 0.5 to 1.5 s, a move to another node a
 * little more.
 */
export const RETURN_MS = 5_000;

/** How long typing is collected before other nodes are notified, ms: a node publishes at most five times a second. */
export const TYPING_GATHER_MS = 200;
