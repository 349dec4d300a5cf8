import type { LogEvent } from '@carillon/protocol';

/** The `traceparent` of each traced event, by its seq. Usually empty. */
export type Traces = ReadonlyMap<number, string>;

/**
 * Called for each envelope that arrives: one or more events of one channel, in order of seq. A returned promise counts
 * only in a Kafka group (see BusOptions): there the envelope is acknowledged when it resolves.
 */
export type Receiver = (
  channel: string,
  events: readonly LogEvent[],
  traces?: Traces,
) => void | Promise<void>;

/**
 * Carries events that are already durable from the writers to the broadcast nodes. It is a fast hint, not the truth: it
 * may lose, repeat and reorder envelopes, and readers repair that by seq from History. So it never blocks a post.
 */
export interface Bus {
  /**
   * Sends events of one channel, in order of seq, to every subscriber. Resolves when the broker has them (for memory:
   * at once); rejects soon with {@link BusUnavailable} if the broker cannot be reached or too much is in flight.
   * `traces` of the events are sent along, as many as an envelope holds. An event that a topic refuses as too large
   * counts as published: it is logged and counted, and leaves a gap in the topic.
   *
   * `ahead` says that earlier events of the channel are not on the bus yet. Kafka, whose readers rely on its order,
   * refuses such events with {@link BusUnavailable}: the relay publishes them after the earlier ones. MQTT accepts
   * them, because streams fill gaps from the store.
   */
  publish(channel: string, events: readonly LogEvent[], traces?: Traces, ahead?: boolean): Promise<void>;

  /**
   * Calls `receive` with everything that any process publishes from now on, for all channels. `wanted` is called first,
   * so that unwanted envelopes are not even parsed. Unreadable envelopes are dropped. Resolves when the subscription is
   * active, or at once if the broker is unavailable; the subscription then becomes active later. Returns a function
   * that unsubscribes.
   */
  subscribe(receive: Receiver, wanted?: (channel: string) => boolean): Promise<() => Promise<void>>;

  /** Whether the broker is available now. */
  readonly connected: boolean;

  /** The broker behind this bus, or each of several: for health checks (`/checks`). */
  readonly links: readonly BusLink[];

  /** Closes the connection after everything in flight is done, or after 1 s. */
  close(): Promise<void>;
}

/** A connection to one broker. */
export interface BusLink {
  readonly broker: 'MQTT' | 'Kafka' | 'memory';

  /** Whether this broker is available now. */
  readonly connected: boolean;

  /**
   * Sends a message through the broker that no channel subscriber receives, and resolves when it came back or, if
   * reading it back takes seconds (joining a Kafka group), when the broker confirms that it is stored. Cheap enough to
   * be called every second. Rejects with {@link BusUnavailable} after at most {@link PING_WITHIN_MS}.
   */
  ping(): Promise<void>;
}

/**
 * A healthy broker answers within milliseconds. Shorter than the 2 s that `/checks` waits, so that the reason is
 * reported.
 */
export const PING_WITHIN_MS = 1_500;

/** The broker cannot accept this now. Nothing is lost: the relay publishes it later. */
export class BusUnavailable extends Error {}
