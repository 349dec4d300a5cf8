/** A statement that is sent again and again: prepared once for each connection, under its name. */
export interface Statement {
  name: string;
  text: string;
}

/** As the store takes it: text, which the statement casts. An array goes as {@link arrayLiteral}. */
export type Parameter = string | number | null;

/** A value of a row: int8 comes as a number, for seqs and milliseconds stay under 2^53. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** The little that the one SQL implementation needs of a database. Errors are HistoryUnavailable, or the database's own with a `code` (SQLSTATE). */
export interface Database {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]>;
  /** Runs plain SQL in one transaction, on one connection. */
  transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** SQLSTATE of a violated unique index. */
export const UNIQUE_VIOLATION = '23505';

/** The database's own code of an error (SQLSTATE: five characters), undefined where it is not one of its. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** An array as PostgreSQL reads it from text (manual, 8.15.6). */
export function arrayLiteral(values: readonly (string | number | null | undefined)[]): string {
  let literal = '{';
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (index > 0) literal += ',';
    if (value === null || value === undefined) literal += 'NULL';
    else if (typeof value === 'number') literal += value;
    else literal += `"${NEEDS_ESCAPE.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
  }
  return `${literal}}`;
}

const NEEDS_ESCAPE = /["\\]/;
