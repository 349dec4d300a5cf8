const SECOND_MS = 1_000;

/** Allows at most `most` per second. */
export class RatePerSecond {
  readonly #most: number;
  #left: number;
  #second = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Returns whether one more is allowed at `now`, in ms of a monotonic clock. */
  hasRoom(now: number): boolean {
    if (now - this.#second >= SECOND_MS) {
      this.#second = now;
      this.#left = this.#most;
    }
    return this.#left > 0;
  }

  /** Counts one. Call it only after `hasRoom` returned true. */
  take(): void {
    this.#left -= 1;
  }
}
