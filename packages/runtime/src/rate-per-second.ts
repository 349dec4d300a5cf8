const SECOND_MS = 1_000;

/** Lets pass so many in each second, and no more in any. */
export class RatePerSecond {
  readonly #most: number;
  #left: number;
  #second = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Whether one more may pass now, at `now` ms of any clock that does not go back. */
  hasRoom(now: number): boolean {
    if (now - this.#second >= SECOND_MS) {
      this.#second = now;
      this.#left = this.#most;
    }
    return this.#left > 0;
  }

  /** Counts one that passed, where there was room for it. */
  take(): void {
    this.#left -= 1;
  }
}
