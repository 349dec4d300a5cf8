/** Envelopes that a broker may owe an acknowledgement for: far above what a healthy one does, even at 10,000 a second. */
export const MAX_UNACKNOWLEDGED = 1_000;

/** Bytes of them, which stand in this process and in the socket while the broker is frozen. */
export const MAX_UNACKNOWLEDGED_BYTES = 16 * 1024 * 1024;

/** A healthy broker acknowledges in a millisecond or two; one that took this long is frozen or out of reach. */
export const ACKNOWLEDGE_WITHIN_MS = 2_000;

/**
 * How time is counted. Ticks, not a clock: where this process itself stood still for seconds, that was one tick, and the
 * acknowledgement that waits in its socket is read before the next.
 */
const TICK_MS = 250;

interface Sent {
  tick: number;
  bytes: number;
}

/** Counts what is under way to a broker, and finds out when the broker has stopped to answer. */
export class InFlight {
  /** Oldest first. */
  readonly #sent = new Set<Sent>();
  readonly #timer: NodeJS.Timeout;
  #tick = 0;
  #bytes = 0;
  #onDrained: (() => void) | undefined;

  /** `onOverdue` is called where the oldest has waited for {@link ACKNOWLEDGE_WITHIN_MS}, and again each tick while it does. */
  constructor(onOverdue: () => void) {
    this.#timer = setInterval(() => {
      this.#tick++;
      const [oldest] = this.#sent;
      if (oldest !== undefined && (this.#tick - oldest.tick) * TICK_MS >= ACKNOWLEDGE_WITHIN_MS) onOverdue();
    }, TICK_MS).unref();
  }

  /** Whether these may be sent too. What is over the bounds all by itself may go where nothing else is under way. */
  hasRoomFor(count: number, bytes: number): boolean {
    if (this.#sent.size === 0) return true;
    return this.#sent.size + count <= MAX_UNACKNOWLEDGED && this.#bytes + bytes <= MAX_UNACKNOWLEDGED_BYTES;
  }

  /** Notes that something was sent; gives what is to be called once it is acknowledged or lost. */
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

  /** Resolves when nothing is under way any more, or after `withinMs`. */
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
