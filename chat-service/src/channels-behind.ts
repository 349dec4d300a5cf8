/** Channels that are noted; of more the oldest are forgotten, and may come to Kafka out of their order. */
const MAX_CHANNELS = 100_000;

/**
 * The channels of which this process failed to publish something: what comes after it waits for the relay, so that a bus
 * that keeps an order (Kafka) gets it in the order of seq. Each node knows what it failed to publish itself.
 */
export class ChannelsBehind {
  /** By channel, the last seq that failed or was held back. */
  readonly #last = new Map<string, number>();

  /** Whether something of the channel is still to be published before what comes now. */
  has(channel: string): boolean {
    return this.#last.has(channel);
  }

  /** Notes that the channel's events up to `last` were not all published. */
  add(channel: string, last: number): void {
    const known = this.#last.get(channel);
    if (known === undefined && this.#last.size >= MAX_CHANNELS) {
      const [oldest] = this.#last.keys();
      if (oldest !== undefined) this.#last.delete(oldest);
    }
    this.#last.set(channel, Math.max(last, known ?? 0));
  }

  /** Notes that all events of the channel up to `seq` are published. */
  published(channel: string, seq: number): void {
    const last = this.#last.get(channel);
    if (last !== undefined && last <= seq) this.#last.delete(channel);
  }

  /** Each channel with the last seq that waits, as it is now. */
  all(): [channel: string, last: number][] {
    return [...this.#last];
  }
}
