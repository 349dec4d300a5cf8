import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** A row: integers stay under 2^53. */
export type Row = Readonly<Record<string, string | number | null>>;

export type Value = string | number | bigint | null;

/**
 * How long to wait for another process that writes the last pages of a backup, or recovers the log after a crash, ms.
 */
export const BUSY_MS = 5_000;

/** Page cache of each connection, KiB: the inner nodes of the trees and the pages being written. */
const CACHE_KIB = 8 * 1024;

/**
 * Pages of 4 KiB after which the log is written into the file: a few ms of work, 50 at most
 * (docs/decisions/0028-sqlite.md).
 */
const CHECKPOINT_PAGES = 1_000;

/** Size to which a log is truncated after a reader made it grow, bytes. */
const LOG_BYTES = 16 * 1024 * 1024;

/**
 * One connection to the database, for the thread that created it. Statements are prepared once, by their text.
 * Everything here waits for the disk, so the main thread of a service never opens a connection.
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

  /** For a file that nobody opens before it is complete: nothing is synced to disk until the caller does it. */
  static scratch(file: string): Connection {
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('pragma journal_mode = memory; pragma synchronous = off');
    return new Connection(database);
  }

  /** From now on commits go to a log beside the file (WAL mode). This is the first call that changes a file. */
  keepLog(): void {
    this.#database.exec('pragma journal_mode = wal');
  }

  /**
   * Used while the writer has the database open. Not opened read-only, because SQLite could not recover its log then.
   */
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

  /** Rows as an iterator. Only one iteration of a statement may be active at a time. */
  each(sql: string, ...values: Value[]): IterableIterator<Row> {
    return this.#statement(sql).iterate(...(values as SQLInputValue[])) as IterableIterator<Row>;
  }

  /** Returns the number of changed rows. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#writing(sql).run(...(values as SQLInputValue[])).changes);
  }

  /** Executes several statements without parameters. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /**
   * Whether a commit waits for the disk. A commit that does not wait survives a kill of the process, but maybe not a
   * power cut.
   */
  wait(disk: boolean): void {
    this.#database.exec(disk ? 'pragma synchronous = full' : 'pragma synchronous = normal');
  }

  /** Takes the write lock, and commits; rolls back if `work` throws. */
  transaction<T>(work: () => T): T {
    this.#database.exec('begin immediate');
    return this.#ended(work);
  }

  /** All reads of `work` see one snapshot. */
  snapshot<T>(work: () => T): T {
    this.#database.exec('begin');
    return this.#ended(work);
  }

  /** A part of a transaction, which is rolled back separately if it throws. */
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

  /** False once SQLite has rolled back a transaction itself, as it does if the disk is full. */
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

  /**
   * The key may exceed a safe integer, and `run` returns the last one: Node 26 throws then, although the row was
   * written.
   */
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
