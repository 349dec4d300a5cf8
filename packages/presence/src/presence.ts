import type { Author, PresenceEvent } from '@carillon/protocol';

/**
 * Who is on a channel, across nodes. Each node tells of the streams that it has open; what it told is believed for as
 * long as its lease runs, so that of a node that was killed nobody is left behind. It is a courtesy, never the truth:
 * nothing waits for it, and with its store away it stands still.
 */
export interface Presence {
  /** A stream was opened here; `person` is undefined where it has no session. Costs no more than a count. */
  join(channel: string, person: Author | undefined): void;

  /** A stream that joined was closed. A person without any other is kept for {@link RETURN_MS}: most come back. */
  leave(channel: string, person: Author | undefined): void;

  /** Who is on the channel now, or was {@link TURN_MS} ago at most. Rejects with {@link PresenceUnavailable} where that cannot be known. */
  read(channel: string): Promise<PresenceEvent>;

  /**
   * Calls `told` with who is on a channel that has streams here, when that may have changed anywhere: at most once in
   * {@link TURN_MS} for each channel. Gives the way to end it.
   */
  follow(told: (present: PresenceEvent) => void): () => void;

  /**
   * Somebody types on a channel. Those who follow hear of it on every node, within {@link TYPING_GATHER_MS} or so; with the
   * store away only on this one. Each call tells of one keystroke or many: how long it counts is the follower's business.
   */
  type(channel: string, person: Author): void;

  /** Calls `told` for each person and channel that {@link type} was called with. Gives the way to end it. */
  followTyping(told: (channel: string, person: Author) => void): () => void;

  /** A write and a read that shows the store works. Rejects with {@link PresenceUnavailable} where it does not. */
  ping(): Promise<void>;

  /** Whether other nodes are heard of now. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/** The store is away. */
export class PresenceUnavailable extends Error {}

/** How often changes are gathered and told, ms: a busy channel costs one event a second. */
export const TURN_MS = 1_000;

/** Who leaves and returns within this time was never away, ms: a reconnect takes 0.5 to 1.5 s, a move to another node some more. */
export const RETURN_MS = 5_000;

/** Those who type are gathered this long before the other nodes are told, ms: a node publishes five times a second at most. */
export const TYPING_GATHER_MS = 200;
