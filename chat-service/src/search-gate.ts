import { Problem } from '@carillon/protocol';

/** Searches of this process at one time: each takes a connection of the store, of which posts need some too. */
const AT_ONCE = 2;

/** Searches that wait. A search takes some 10 ms, so the last one waits for half a second or so. */
const MAX_WAITING = 100;

const RETRY_AFTER = 1;

/** Lets a bounded number of searches run, and a bounded number wait. */
export class SearchGate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs `search` in its turn. Throws the problem `rate_limited` at once where too many wait. */
  async run<T>(search: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new Problem('rate_limited', 'Too many searches are under way.', { retryAfter: RETRY_AFTER });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await search();
    } finally {
      const next = this.#waiting.shift();
      // Its place goes to who has waited longest.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
