export interface TurnsOptions {
  /** How many run at the same time. */
  atOnce: number;
  /** How many more may wait. */
  waiting: number;
  /**
   * A caller that has waited longer than this is refused when its turn comes, ms: nobody waits for the answer any more.
   */
  patienceMs: number;
  /** The error for callers that find the queue full, or waited too long. */
  refusal: () => Error;
}

/** Runs a few of many tasks at a time, in order of arrival. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #underway = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` and resolves to its result. Rejects with the refusal if too many are waiting, or this one waited too
   * long; or with whatever `work` throws.
   */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, waiting, patienceMs, refusal } = this.#options;
    let cameAt = Number.POSITIVE_INFINITY;
    if (this.#underway < atOnce) this.#underway += 1;
    else if (this.#waiting.length >= waiting) throw refusal();
    else {
      cameAt = performance.now();
      await new Promise<void>((next) => this.#waiting.push(next));
    }
    try {
      if (performance.now() - cameAt > patienceMs) throw refusal();
      return await work();
    } finally {
      // The next in line takes the free slot.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underway -= 1;
      else next();
    }
  }
}
