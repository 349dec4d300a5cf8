import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** A value of a row: integers stay under 2^53. */
export type Row = Readonly<Record<string, string | number | null>>;

export type Value = string | number | bigint | null;

/** Another process writes a backup's last pages, or recovers the log after a crash: for so long it is waited for, ms. */
export const BUSY_MS = 5_000;

/** Pages in memory, of each connection, KiB: the inner nodes of the trees and what is being posted to. */
const CACHE_KIB = 8 * 1024;

/** After these many pages of 4 KiB the log is written into the file: a few ms of work, 50 at most (docs/decisions/0028-sqlite.md). */
const CHECKPOINT_PAGES = 1_000;

/** A log that grew while a reader held it up is cut to this again, bytes. */
const LOG_BYTES = 16 * 1024 * 1024;

/**
 * One connection to the database, in the thread that made it. Statements are prepared once, each by its text. Everything here waits
 * for the disk, so no connection is opened in the main thread of a service.
 */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** For one thread of one process: SQLite has one writer. */
  static writer(file: string): Connection {
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.exec(`pragma journal_size_limit = ${LOG_BYTES}`);
    database.exec(`pragma cache_size = -${CACHE_KIB}`);
    const connection = new Connection(database);
    connection.wait(true);
    return connection;
  }

  /** For a file that nobody opens before it is whole: nothing of it is on disk until the caller sees to it. */
  static scratch(file: string): Connection {
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('pragma journal_mode = memory; pragma synchronous = off');
    return new Connection(database);
  }

  /** Commits to a log beside the file from now on, which is written into the file: the first thing that changes a file. */
  keepLog(): void {
    this.#database.exec('pragma journal_mode = wal');
  }

  /** Beside the writer, while it has the database open: it is not opened read-only, for then SQLite could not recover its log. */
  static reader(file: string): Connection {
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('pragma query_only = on');
    database.exec(`pragma cache_size = -${CACHE_KIB}`);
    return new Connection(database);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...(values as SQLInputValue[])) as Row[];
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.#statement(sql).get(...(values as SQLInputValue[])) as Row | undefined;
  }

  /** Rows one after the other, as they are asked for. One of a text at a time. */
  each(sql: string, ...values: Value[]): IterableIterator<Row> {
    return this.#statement(sql).iterate(...(values as SQLInputValue[])) as IterableIterator<Row>;
  }

  /** Gives the number of rows that it changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#writing(sql).run(...(values as SQLInputValue[])).changes);
  }

  /** Several statements at once, without values. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** Whether a commit waits until it is on disk. What is then committed without waiting is there after a kill, and after a power cut maybe not. */
  wait(disk: boolean): void {
    this.#database.exec(disk ? 'pragma synchronous = full' : 'pragma synchronous = normal');
  }

  /** Takes the right to write, and commits; where `work` throws, none of it is done. */
  transaction<T>(work: () => T): T {
    this.#database.exec('begin immediate');
    return this.#ended(work);
  }

  /** All that `work` reads is of one moment. */
  snapshot<T>(work: () => T): T {
    this.#database.exec('begin');
    return this.#ended(work);
  }

  /** A part of a transaction, which is undone alone where it throws. */
  part<T>(work: () => T): T {
    this.#database.exec('savepoint part');
    try {
      return work();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback to part');
      throw error;
    } finally {
      if (this.#database.isTransaction) this.#database.exec('release part');
    }
  }

  /** False once SQLite has taken a transaction back by itself, as it does where the disk is full. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  close(): void {
    this.#database.close();
  }

  #ended<T>(work: () => T): T {
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  /** Its key may be larger than a number can tell, and `run` gives the last one: Node 26 throws then, with the row written. */
  #writing(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#statement(sql);
      statement.setReadBigInts(true);
    }
    return statement;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
