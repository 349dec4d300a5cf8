import { HistoryBusy } from './group-commit.ts';
import type { ChangeDraft, Changed, History } from './history.ts';

/** Changes under way at once: each holds a connection, and those of one channel wait for each other in the store. Posts and reads keep the rest. */
const MAX_AT_ONCE = 3;

/** Changes that wait: at some 300 a second of one channel, as long as a caller waits. */
const MAX_WAITING = 1_000;

/** Lets the changes of a process through a few at a time, in the order they came. */
export class ChangeQueue {
  readonly #history: Pick<History, 'change'>;
  readonly #waiting: (() => void)[] = [];
  #underway = 0;

  constructor(history: Pick<History, 'change'>) {
    this.#history = history;
  }

  /** @throws HistoryBusy at once where too many wait; whatever {@link History.change} throws. */
  async change(draft: ChangeDraft): Promise<Changed> {
    if (this.#underway < MAX_AT_ONCE) this.#underway += 1;
    else if (this.#waiting.length >= MAX_WAITING) throw new HistoryBusy('too many changes wait to be stored');
    else await new Promise<void>((next) => this.#waiting.push(next));
    try {
      return await this.#history.change(draft);
    } finally {
      // Whoever is next takes this place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underway -= 1;
      else next();
    }
  }
}
