import type { LogEvent } from '@carillon/protocol';

/** The `traceparent` of each event that is traced, by its seq. Nearly always there is none. */
export type Traces = ReadonlyMap<number, string>;

/**
 * Called for each envelope that arrives: one or more events of one channel, in order of seq. A promise that it returns
 * counts only in a group of Kafka (see BusOptions): there the envelope is taken when it resolves.
 */
export type Receiver = (
  channel: string,
  events: readonly LogEvent[],
  traces?: Traces,
) => void | Promise<void>;

/**
 * Carries what is already durable from the writers to the broadcast nodes. It is a fast hint, not the truth: it
 * may lose, repeat and reorder envelopes, and a reader mends that by seq from History. So it never blocks a post.
 */
export interface Bus {
  /**
   * Hands events of one channel, in order of seq, to every subscriber. Resolves when the broker has them (for
   * memory: at once); rejects with {@link BusUnavailable}, without waiting long, where it cannot be reached or too much is under way.
   * With `traces`, those of the events that are traced go along, as many as an envelope takes. An event that a topic refuses as too large
   * counts as published: it is told and counted, and is a hole in the topic.
   *
   * `ahead` says that earlier events of the channel are not on the bus yet. Kafka, whose readers keep what comes in its order, refuses
   * such with {@link BusUnavailable}: the relay brings them after the earlier ones. MQTT takes them, since streams fill holes from the store.
   */
  publish(channel: string, events: readonly LogEvent[], traces?: Traces, ahead?: boolean): Promise<void>;

  /**
   * Calls `receive` with everything that is published from now on, of all channels, by any process. `wanted` is asked
   * first, so that what nobody here reads is not even parsed. A broker that is away is waited for; what is
   * unreadable is dropped. Resolves when the subscription stands, or at once where the broker is away. Gives the way to end it.
   */
  subscribe(receive: Receiver, wanted?: (channel: string) => boolean): Promise<() => Promise<void>>;

  /** Whether the broker is there now. */
  readonly connected: boolean;

  /** The broker behind this bus, or each of several: for who wants to know how it does (`/checks`). */
  readonly links: readonly BusLink[];

  /** Ends the connection, after what is under way or 1 s. */
  close(): Promise<void>;
}

/** A connection to one broker. */
export interface BusLink {
  readonly broker: 'MQTT' | 'Kafka' | 'memory';

  /** Whether this broker is there now. */
  readonly connected: boolean;

  /**
   * Sends through the broker what no subscriber of a channel receives, and resolves when it came back or, where reading
   * it back costs seconds (joining a Kafka group), when the broker shows that it is stored. Costs little enough to be
   * called every second. Rejects with {@link BusUnavailable} after {@link PING_WITHIN_MS} at most.
   */
  ping(): Promise<void>;
}

/** A broker that is well answers within milliseconds. Under the 2 s that `/checks` waits, so that the reason is told. */
export const PING_WITHIN_MS = 1_500;

/** The broker cannot take this now. Nothing is lost: the relay publishes it later. */
export class BusUnavailable extends Error {}
