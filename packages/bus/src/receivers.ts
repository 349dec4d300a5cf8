import type { LogEvent } from '@carillon/protocol';
import type { Receiver, Traces } from './bus.ts';

/** The events of a channel that arrived. */
export interface Arrival {
  events: readonly LogEvent[];
  traces?: Traces | undefined;
}

interface Subscription {
  receive: Receiver;
  wanted: (channel: string) => boolean;
}

/** The subscribers of one connection, each with its filter. */
export class Receivers {
  readonly #subscriptions = new Set<Subscription>();

  /** Adds a subscriber; returns a function that removes it. */
  add(receive: Receiver, wanted: (channel: string) => boolean = () => true): () => void {
    const subscription = { receive, wanted };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /**
   * Passes the result of `read` to all subscribers of the channel. `read` is called once, and only if there are any; it
   * returns undefined for unreadable messages. An error in a receiver is a fault of this process and surfaces as an
   * uncaught exception, so that it never breaks the connection.
   */
  deliver(channel: string, read: () => Arrival | undefined): void {
    let arrival: Arrival | undefined;
    for (const { receive, wanted } of this.#subscriptions) {
      try {
        if (!wanted(channel)) continue;
        arrival ??= read();
        if (arrival === undefined) return;
        void receive(channel, arrival.events, arrival.traces);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /**
   * As {@link deliver}, but resolves when all subscribers of the channel have processed it, and rejects if one failed.
   */
  async handTo(channel: string, read: () => Arrival | undefined): Promise<void> {
    const wanting = [...this.#subscriptions].filter(({ wanted }) => wanted(channel));
    const arrival = wanting.length > 0 ? read() : undefined;
    if (arrival === undefined) return;
    const { events, traces } = arrival;
    await Promise.all(wanting.map(async ({ receive }) => receive(channel, events, traces)));
  }
}
