import type { Author } from '@carillon/protocol';
import type { ChangeDraft, Changed, History } from './history.ts';
import { HistoryBusy } from './history-errors.ts';
import { Turns } from './turns.ts';

/**
 * Concurrent changes: each holds a connection, and changes of one channel wait for each other in the store. Posts and
 * reads keep the rest.
 */
const MAX_AT_ONCE = 3;

/** Waiting changes: at about 300 a second in one channel, as long as a caller waits. */
const MAX_WAITING = 1_000;

/** A change that waited longer is not started, ms: its caller has given up by then. */
const PATIENCE_MS = 5_000;

/** Runs the changes of a process a few at a time, in order of arrival. */
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

  /**
   * @throws HistoryBusy if too many are waiting, or this one waited too long; whatever {@link History.change} throws.
   */
  change(draft: ChangeDraft, of?: Author): Promise<Changed> {
    return this.#turns.take(() => this.#history.change(draft, of));
  }
}
