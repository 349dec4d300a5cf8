export interface TurnsOptions {
  /** How many do their work at once. */
  atOnce: number;
  /** How many more may wait. */
  waiting: number;
  /** Whoever has waited longer than this is refused when its turn comes, ms: nobody waits for the answer any more. */
  patienceMs: number;
  /** What is thrown to those who come then, or waited too long. */
  refusal: () => Error;
}

/** Lets a few of many do their work at a time, in the order they came. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #underway = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Gives what `work` gives. Throws the refusal where too many wait, at once, or it waited too long; whatever `work` throws. */
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
      // Whoever is next takes this place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underway -= 1;
      else next();
    }
  }
}
