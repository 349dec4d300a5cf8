import type { LogEvent } from '@carillon/protocol';
import type { Receiver, Traces } from './bus.ts';

/** What arrived of a channel. */
export interface Arrival {
  events: readonly LogEvent[];
  traces?: Traces | undefined;
}

interface Subscription {
  receive: Receiver;
  wanted: (channel: string) => boolean;
}

/** The subscribers of one connection, each with what it wants. */
export class Receivers {
  readonly #subscriptions = new Set<Subscription>();

  /** Adds a subscriber; gives the way to remove it. */
  add(receive: Receiver, wanted: (channel: string) => boolean = () => true): () => void {
    const subscription = { receive, wanted };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /**
   * Hands what `read` gives to all who want the channel. `read` is called once, and only where somebody does; it
   * gives undefined for what is unreadable. What a receiver throws is a fault of this process and surfaces
   * as an uncaught exception, so that it never breaks the connection it came over.
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

  /** As {@link deliver}, but resolves when all who want the channel have taken it, and rejects where one did not. */
  async handTo(channel: string, read: () => Arrival | undefined): Promise<void> {
    const wanting = [...this.#subscriptions].filter(({ wanted }) => wanted(channel));
    const arrival = wanting.length > 0 ? read() : undefined;
    if (arrival === undefined) return;
    const { events, traces } = arrival;
    await Promise.all(wanting.map(async ({ receive }) => receive(channel, events, traces)));
  }
}
