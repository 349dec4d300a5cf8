import { HistoryFull, HistoryUnavailable } from './history-errors.ts';

/** A statement that is executed repeatedly: prepared once for each connection, under its name. */
export interface Statement {
  name: string;
  text: string;
}

/** A value that the statement casts: text, or an array in PostgreSQL's binary format (array-parameter.ts). */
export type Parameter = string | number | Buffer | null;

/** A row: int8 values are numbers, because seqs and milliseconds stay under 2^53. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Executes one statement in an open transaction. */
export type Run = (statement: Statement, parameters: readonly Parameter[]) => Promise<Row[]>;

/**
 * What the SQL implementation needs from a database. Errors are HistoryUnavailable, or the database's own with a `code`
 * (SQLSTATE).
 */
export interface Database {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]>;
  /** Runs several statements in one transaction, on one connection; rolls back if `work` throws. */
  atomically<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /** Runs plain SQL in one transaction, on one connection. */
  transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void>;
  /**
   * Identifies the location of the data: the same name at each start, another name after a restore from a dump or a
   * copy of the files. Letters, digits and full stops. Called in a transaction in which `meta` exists.
   */
  location(execute: (sql: string) => Promise<Row[]>): Promise<string>;
  close(): Promise<void>;
}

/**
 * Every statement of the store looks rows up by an index, with one cached plan. Otherwise PostgreSQL would plan them
 * while the tables are small, choose sequential scans, and keep that plan at 100,000 channels.
 */
export const PLANNER_SETTINGS = [
  'plan_cache_mode=force_generic_plan',
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material'].map((way) => `enable_${way}=off`),
  'jit=off',
];

/** SQLSTATE of a violated unique index. */
export const UNIQUE_VIOLATION = '23505';

/** SQLSTATEs of a transaction that the server rolled back in favour of another: a deadlock with foreign locks. */
export const TRY_AGAIN: readonly (string | undefined)[] = ['40001', '40P01'];

/** The database's own error code (SQLSTATE: five characters), undefined for other errors. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * Classes of SQLSTATE that mean the server is unavailable: connection, resources, operator intervention, read-only
 * standby.
 */
const AWAY = /^(08|53|57|58|25006|XX)/;

/** SQLSTATE of a disk without room. */
const DISK_FULL = '53100';

/**
 * Converts the error of a statement to HistoryUnavailable if the database is unavailable; undefined if the error
 * concerns the statement.
 */
export function asUnavailable(error: unknown, database: string): HistoryUnavailable | undefined {
  if (error instanceof HistoryUnavailable) return error;
  const state = sqlState(error);
  if (state !== undefined && !AWAY.test(state)) return undefined;
  // An error that the server reports has rolled its transaction back. A lost connection leaves the outcome unknown.
  const ended = state === undefined || (error as { severity?: unknown }).severity !== 'ERROR';
  if (state === DISK_FULL && !ended)
    return new HistoryFull(`the disk of ${database} is full`, { cause: error });
  return new HistoryUnavailable(`the connection to ${database} was lost`, {
    cause: error,
    stored: ended ? 'unknown' : 'no',
  });
}
