/** Limit of unacknowledged envelopes: far more than a healthy broker has, even at 10,000 a second. */
export const MAX_UNACKNOWLEDGED = 1_000;

/** Limit of their bytes, which stay in this process and in the socket while the broker is frozen. */
export const MAX_UNACKNOWLEDGED_BYTES = 16 * 1024 * 1024;

/** A healthy broker acknowledges within a few milliseconds; after this time it is frozen or unreachable. */
export const ACKNOWLEDGE_WITHIN_MS = 2_000;

/**
 * Time is counted in ticks, not by a clock: if this process itself was paused for seconds, that was one tick, and the
 * acknowledgement waiting in its socket is read before the next.
 */
const TICK_MS = 250;

interface Sent {
  tick: number;
  bytes: number;
}

/** Counts messages in flight to a broker, and detects a broker that has stopped answering. */
export class InFlight {
  /** Oldest first. */
  readonly #sent = new Set<Sent>();
  readonly #timer: NodeJS.Timeout;
  #tick = 0;
  #bytes = 0;
  #onDrained: (() => void) | undefined;

  /**
   * `onOverdue` is called when the oldest message has waited for {@link ACKNOWLEDGE_WITHIN_MS}, and again on each tick
   * while it does.
   */
  constructor(onOverdue: () => void) {
    this.#timer = setInterval(() => {
      this.#tick++;
      const [oldest] = this.#sent;
      if (oldest !== undefined && (this.#tick - oldest.tick) * TICK_MS >= ACKNOWLEDGE_WITHIN_MS) onOverdue();
    }, TICK_MS).unref();
  }

  /**
   * Whether these may be sent too. A message that exceeds the limits on its own may be sent if nothing else is in
   * flight.
   */
  hasRoomFor(count: number, bytes: number): boolean {
    if (this.#sent.size === 0) return true;
    return this.#sent.size + count <= MAX_UNACKNOWLEDGED && this.#bytes + bytes <= MAX_UNACKNOWLEDGED_BYTES;
  }

  /** Records that a message was sent; call the returned function once it is acknowledged or lost. */
  send(bytes: number): () => void {
    const sent = { tick: this.#tick, bytes };
    this.#sent.add(sent);
    this.#bytes += bytes;
    return () => {
      if (!this.#sent.delete(sent)) return;
      this.#bytes -= bytes;
      if (this.#sent.size === 0) this.#onDrained?.();
    };
  }

  /** Resolves when nothing is in flight any more, or after `withinMs`. */
  async drained(withinMs: number): Promise<void> {
    if (this.#sent.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
