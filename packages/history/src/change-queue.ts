import type { Author } from '@carillon/protocol';
import { HistoryBusy } from './group-commit.ts';
import type { ChangeDraft, Changed, History } from './history.ts';
import { Turns } from './turns.ts';

/** Changes under way at once: each holds a connection, and those of one channel wait for each other in the store. Posts and reads keep the rest. */
const MAX_AT_ONCE = 3;

/** Changes that wait: at some 300 a second of one channel, as long as a caller waits. */
const MAX_WAITING = 1_000;

/** A change that waited longer is not begun, ms: with a slow store it would be done long after its caller gave up. */
const PATIENCE_MS = 5_000;

/** Lets the changes of a process through a few at a time, in the order they came. */
export class ChangeQueue {
  readonly #history: Pick<History, 'change'>;
  readonly #turns = new Turns({
    atOnce: MAX_AT_ONCE,
    waiting: MAX_WAITING,
    patienceMs: PATIENCE_MS,
    refusal: () => new HistoryBusy('too many changes are waiting to be stored'),
  });

  constructor(history: Pick<History, 'change'>) {
    this.#history = history;
  }

  /** @throws HistoryBusy where too many wait, at once, or it waited too long; whatever {@link History.change} throws. */
  change(draft: ChangeDraft, of?: Author): Promise<Changed> {
    return this.#turns.take(() => this.#history.change(draft, of));
  }
}
