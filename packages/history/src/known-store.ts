import type { Database, Row } from './database.ts';
import { HistoryUnavailable } from './history.ts';
import { migrate } from './migrations.ts';
import { EPOCH } from './statements.ts';

/**
 * Which store a process has open. The one behind its URL may be replaced while it runs: by a restore, another server, or an operator who
 * voids the epoch. Answers that say of which store they are show it.
 */
export class KnownStore {
  readonly #database: Database;
  #epoch = '';
  #mark = '';
  #opening: Promise<void> | undefined;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Brings the store up to date, with an epoch where it has none or is a copy. */
  static async open(database: Database): Promise<KnownStore> {
    const store = new KnownStore(database);
    await store.#open();
    return store;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** By which its own answers are known, and statements that are for no other. */
  get mark(): string {
    return this.#mark;
  }

  /**
   * Takes the mark that came with an answer. Of another store it is opened anew; resolves when its epoch is known. Throws
   * HistoryUnavailable where the answer is not of the store that is open then: two are behind one URL, as in a failover.
   */
  async recognize(mark: Row[string] | undefined): Promise<void> {
    if (mark === this.#mark) return;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
    if (typeof mark === 'string' && placeIn(mark) !== placeIn(this.#mark))
      throw new HistoryUnavailable('a different store answered');
  }

  async #open(): Promise<void> {
    await migrate(this.#database);
    const [found] = await this.#database.run(EPOCH, []);
    // Somebody voided it just now.
    if (found === undefined) throw new HistoryUnavailable('the store has no epoch');
    this.#epoch = String(found.value);
    this.#mark = String(found.store);
  }
}

/** The table and the server, without the epoch, which a copy changes. */
function placeIn(mark: string): string {
  return mark.slice(mark.indexOf('.'));
}
