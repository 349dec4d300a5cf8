import { HistoryBusy } from './group-commit.ts';
import type { ChangeDraft, Changed, History } from './history.ts';
import { Turns } from './turns.ts';

/** Changes under way at once: each holds a connection, and those of one channel wait for each other in the store. Posts and reads keep the rest. */
const MAX_AT_ONCE = 3;

/** Changes that wait: at some 300 a second of one channel, as long as a caller waits. */
const MAX_WAITING = 1_000;

/** Lets the changes of a process through a few at a time, in the order they came. */
export class ChangeQueue {
  readonly #history: Pick<History, 'change'>;
  readonly #turns = new Turns({
    atOnce: MAX_AT_ONCE,
    waiting: MAX_WAITING,
    refusal: () => new HistoryBusy('too many changes wait to be stored'),
  });

  constructor(history: Pick<History, 'change'>) {
    this.#history = history;
  }

  /** @throws HistoryBusy at once where too many wait; whatever {@link History.change} throws. */
  change(draft: ChangeDraft): Promise<Changed> {
    return this.#turns.take(() => this.#history.change(draft));
  }
}
