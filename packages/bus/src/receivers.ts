import type { LogEvent } from '@carillon/protocol';
import type { Receiver } from './bus.ts';

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
  deliver(channel: string, read: () => readonly LogEvent[] | undefined): void {
    let events: readonly LogEvent[] | undefined;
    for (const { receive, wanted } of this.#subscriptions) {
      try {
        if (!wanted(channel)) continue;
        events ??= read();
        if (events === undefined) return;
        void receive(channel, events);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** As {@link deliver}, but resolves when all who want the channel have taken it, and rejects where one did not. */
  async handTo(channel: string, read: () => readonly LogEvent[] | undefined): Promise<void> {
    const wanting = [...this.#subscriptions].filter(({ wanted }) => wanted(channel));
    const events = wanting.length > 0 ? read() : undefined;
    if (events === undefined) return;
    await Promise.all(wanting.map(async ({ receive }) => receive(channel, events)));
  }
}
