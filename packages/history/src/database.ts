import { HistoryFull, HistoryUnavailable } from './history.ts';

/** A statement that is sent again and again: prepared once for each connection, under its name. */
export interface Statement {
  name: string;
  text: string;
}

/** A value that the statement casts: text, or an array in PostgreSQL's binary form (array-parameter.ts). */
export type Parameter = string | number | Buffer | null;

/** A value of a row: int8 comes as a number, for seqs and milliseconds stay under 2^53. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Sends one statement, in a transaction that is under way. */
export type Run = (statement: Statement, parameters: readonly Parameter[]) => Promise<Row[]>;

/** The little that the one SQL implementation needs of a database. Errors are HistoryUnavailable, or the database's own with a `code` (SQLSTATE). */
export interface Database {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]>;
  /** Runs several statements in one transaction, on one connection; where `work` throws, none of it is done. */
  atomically<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /** Runs plain SQL in one transaction, on one connection. */
  transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void>;
  /**
   * Names where the data lies: the same name at each start, another where it was restored from a dump or its files were copied.
   * Letters, digits and full stops. Asked in a transaction, by which `meta` is there.
   */
  place(execute: (sql: string) => Promise<Row[]>): Promise<string>;
  close(): Promise<void>;
}

/**
 * Every statement of the store looks rows up by an index, each with one plan, made once. Left alone, PostgreSQL plans them
 * while the tables are small, to read them whole, and keeps that plan when they hold 100,000 channels.
 */
export const PLANNER_SETTINGS = [
  'plan_cache_mode=force_generic_plan',
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material'].map((way) => `enable_${way}=off`),
  'jit=off',
];

/** SQLSTATE of a violated unique index. */
export const UNIQUE_VIOLATION = '23505';

/** SQLSTATEs by which a server takes a transaction back for the sake of another: a deadlock with somebody else's locks. */
export const TRY_AGAIN: readonly (string | undefined)[] = ['40001', '40P01'];

/** The database's own code of an error (SQLSTATE: five characters), undefined where it is not one of its. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Classes of SQLSTATE by which a server says that it cannot serve now: connection, resources, operator's intervention, read-only standby. */
const AWAY = /^(08|53|57|58|25006|XX)/;

/** SQLSTATE of a disk without room. */
const DISK_FULL = '53100';

/** The error of a statement as HistoryUnavailable, where it says that the database is away; undefined where it is about the statement. */
export function asUnavailable(error: unknown, database: string): HistoryUnavailable | undefined {
  if (error instanceof HistoryUnavailable) return error;
  const state = sqlState(error);
  if (state !== undefined && !AWAY.test(state)) return undefined;
  // An error that the server reports ends its transaction. A connection or a session that breaks says nothing of it.
  const ended = state === undefined || (error as { severity?: unknown }).severity !== 'ERROR';
  if (state === DISK_FULL && !ended)
    return new HistoryFull(`the disk of ${database} is full`, { cause: error });
  return new HistoryUnavailable(`the connection to ${database} was lost`, {
    cause: error,
    stored: ended ? 'unknown' : 'no',
  });
}
