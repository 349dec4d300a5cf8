export interface TurnsOptions {
  /** How many do their work at once. */
  atOnce: number;
  /** How many more may wait. */
  waiting: number;
  /** What is thrown to those who come then. */
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

  /** Gives what `work` gives. Throws the refusal at once where too many wait; whatever `work` throws. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, waiting, refusal } = this.#options;
    if (this.#underway < atOnce) this.#underway += 1;
    else if (this.#waiting.length >= waiting) throw refusal();
    else await new Promise<void>((next) => this.#waiting.push(next));
    try {
      return await work();
    } finally {
      // Whoever is next takes this place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underway -= 1;
      else next();
    }
  }
}
