import type { Database, Row } from './database.ts';
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

  /** Takes the mark that came with an answer. Of another store it is opened anew; resolves when its epoch is known. */
  async recognize(mark: Row[string] | undefined): Promise<void> {
    if (mark === this.#mark) return;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #open(): Promise<void> {
    await migrate(this.#database);
    const [found] = await this.#database.run(EPOCH, []);
    this.#epoch = String(found?.value);
    this.#mark = String(found?.store);
  }
}
