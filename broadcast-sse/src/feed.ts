import type { History } from '@carillon/history';
import type { LogEvent } from '@carillon/protocol';
import { Distribution } from '@carillon/runtime';
import type { Clock } from './clock.ts';
import type { Channel } from './stream.ts';

/**
 * Two writers may publish a channel's events out of order; a hole is given this long to fill by itself, ms:
 * longer than a broker's jitter, shorter than anybody notices.
 */
export const HOLE_PATIENCE_MS = 20;

/** Buckets of the bus's lag, s: a broker takes a millisecond or two, and the relay publishes lost events again within two seconds. */
const LAG_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Events read at a time to fill a hole: a page, so that a long one does not hold the loop. */
const FILL_EVENTS = 500;

/** Bytes of bodies read at a time to fill a hole. */
const FILL_BYTES = 1024 * 1024;

/** Channels whose holes are read at once: after a broker's outage every channel has one. */
const MAX_FILLS = 4;

/**
 * Brings events into the channels' logs: from the bus as they come, from the store if some are missing. A hole
 * is provable (seq 7 after 5), and so is a lost tail, once the store has said how far its head is.
 */
export class Feed {
  readonly #history: Pick<History, 'after'>;
  readonly #clock: Clock;
  readonly #grown: (channel: Channel) => void;
  readonly #reading: (channel: Channel) => ((from: number) => void) | undefined;
  readonly #holes = new Set<Channel>();
  #timing = false;
  #filling = 0;
  /** Holes read from the store so far. */
  fills = 0;
  /** From the commit of an event to its arrival by the bus, s. */
  readonly lag = new Distribution(LAG_BUCKETS);

  /**
   * `grown` is called with a channel whose log has grown. `reading` is called with a channel whose hole is being read; the
   * function that it returns is called after the read, with the first seq that was read.
   */
  constructor(
    history: Pick<History, 'after'>,
    clock: Clock,
    grown: (channel: Channel) => void,
    reading: (channel: Channel) => ((from: number) => void) | undefined = () => undefined,
  ) {
    this.#reading = reading;
    this.#history = history;
    this.#clock = clock;
    this.#grown = grown;
  }

  /** Takes events of a channel, from the bus. */
  receive(channel: Channel, events: readonly LogEvent[]): void {
    let grew = false;
    const now = this.#clock.now();
    for (const event of events) {
      // A repeated event says nothing about the bus.
      if (event.seq > channel.head) {
        const seconds = (now - Date.parse(event.createdAt)) / 1_000;
        this.lag.observe(seconds, 1, channel.traced?.traceIn(event.seq, event.seq));
      }
      if (channel.offer(event)) grew = true;
    }
    if (!channel.known) return;
    if (grew) this.#grown(channel);
    if (channel.expected > channel.head) this.#missing(channel);
  }

  /** The store's head of a channel is at least `head`. */
  expect(channel: Channel, head: number): void {
    if (head > channel.expected) channel.expected = head;
    if (channel.expected > channel.head) this.#missing(channel);
  }

  /** Forgets a channel that is closed or begins anew. */
  forget(channel: Channel): void {
    this.#holes.delete(channel);
  }

  #missing(channel: Channel): void {
    if (channel.filling) return;
    this.#holes.add(channel);
    if (this.#timing) return;
    this.#timing = true;
    this.#clock.later(HOLE_PATIENCE_MS, () => {
      this.#timing = false;
      this.#fillHoles();
    });
  }

  #fillHoles(): void {
    for (const channel of this.#holes) {
      if (this.#filling >= MAX_FILLS) return;
      this.#holes.delete(channel);
      if (channel.expected <= channel.head) continue;
      this.#filling += 1;
      channel.filling = true;
      void this.#fill(channel).then(() => {
        channel.filling = false;
        this.#filling -= 1;
        this.#fillHoles();
      });
    }
  }

  /** Reads until there is no hole. Stops if the store is away: its next answer about heads starts it again. */
  async #fill(channel: Channel): Promise<void> {
    const { restarts } = channel;
    while (channel.expected > channel.head) {
      this.fills += 1;
      const read = this.#reading(channel);
      let events: LogEvent[];
      try {
        events = await this.#history.after(channel.name, channel.head, FILL_EVENTS, FILL_BYTES);
      } catch {
        return;
      }
      if (channel.closed || channel.restarts !== restarts) return;
      const [first] = events;
      if (first === undefined) {
        // All of it has expired; or the bus told of an event that the store never had.
        if (channel.earliest - 1 > channel.head) {
          channel.skipTo(channel.earliest - 1);
          this.#grown(channel);
        }
        channel.expected = channel.head;
        return;
      }
      if (first.seq > channel.head + 1) channel.skipTo(first.seq - 1);
      for (const event of events) channel.offer(event, true);
      read?.(first.seq);
      this.#grown(channel);
    }
  }
}
