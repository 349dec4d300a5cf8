/** Most channels that are remembered. Beyond it the oldest are forgotten, and their events may reach Kafka out of order. */
const MAX_CHANNELS = 100_000;

/**
 * The channels with events that this process failed to publish. Their later events wait for the relay, so that an ordered bus
 * (Kafka) gets them in the order of seq. Each node knows only about its own failures.
 */
export class ChannelsBehind {
  /** Per channel, the last seq that failed or was held back. */
  readonly #last = new Map<string, number>();

  /** Returns whether earlier events of the channel are still to be published. */
  has(channel: string): boolean {
    return this.#last.has(channel);
  }

  /** Records that the channel's events up to the seq `last` were not all published. */
  add(channel: string, last: number): void {
    const known = this.#last.get(channel);
    if (known === undefined && this.#last.size >= MAX_CHANNELS) {
      const [oldest] = this.#last.keys();
      if (oldest !== undefined) this.#last.delete(oldest);
    }
    this.#last.set(channel, Math.max(last, known ?? 0));
  }

  /** Records that all events of the channel up to `seq` are published. */
  published(channel: string, seq: number): void {
    const last = this.#last.get(channel);
    if (last !== undefined && last <= seq) this.#last.delete(channel);
  }

  /** Returns a copy: each channel that is behind, with its last waiting seq. */
  all(): [channel: string, last: number][] {
    return [...this.#last];
  }
}
