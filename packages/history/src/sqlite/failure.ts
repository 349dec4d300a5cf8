import { DirectoryInUse, HistoryFull, HistoryUnavailable, UnfitStore } from '../history-errors.ts';
import { SearchTooSlow } from '../search.ts';

/**
 * An error in the form that is sent from a thread of the store to the main thread: an instance of a class would arrive
 * as a plain Error.
 */
export interface Failure {
  kind: 'full' | 'away' | 'slow' | 'in use' | 'unfit' | 'other';
  message: string;
  stored: 'no' | 'unknown';
  stack: string | undefined;
}

/** Primary result codes of SQLite (sqlite.org/rescode.html) that mean that the database is unavailable. */
const FULL = 13;
const AWAY: Readonly<Record<number, string>> = {
  5: 'another process is writing to it',
  6: 'another connection is writing to it',
  7: 'there is not enough memory',
  8: 'it is read-only',
  10: 'the disk reports errors',
  11: 'its file is damaged',
  14: 'its file cannot be opened',
  26: 'its file is not a database',
};

/** The file is damaged, or not a database. */
const NO_STORE: readonly (number | undefined)[] = [11, 26];

/** The disk failed during a commit: nobody knows which part of it survives a crash. */
const DISK_FAILS = 10;

/** The low byte of an extended code is the primary code. */
const PRIMARY = 0xff;

/** Converts an error of a thread to a form that can be sent. */
export function failureOf(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const failure = { message, stack, stored: 'no' as const };
  if (error instanceof SearchTooSlow) return { ...failure, kind: 'slow' };
  if (error instanceof DirectoryInUse) return { ...failure, kind: 'in use' };
  if (error instanceof UnfitStore) return { ...failure, kind: 'unfit' };
  const code = resultCode(error);
  if (code === FULL || error instanceof HistoryFull) return { ...failure, kind: 'full' };
  const away = code === undefined ? undefined : AWAY[code];
  if (away === undefined) return { ...failure, kind: 'other' };
  return {
    kind: 'away',
    message: `${away} (${message})`,
    stored: code === DISK_FAILS ? 'unknown' : 'no',
    stack,
  };
}

/** Converts the error of a thread that cannot open the store: an error that will not pass by itself becomes `unfit`. */
export function openingFailureOf(error: unknown): Failure {
  const failure = failureOf(error);
  return NO_STORE.includes(resultCode(error)) ? { ...failure, kind: 'unfit' } : failure;
}

/** SQLite's primary result code, undefined for other errors. */
export function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & PRIMARY : undefined;
}

/** Converts a failure back to an error. */
export function errorOf({ kind, message, stored, stack }: Failure): Error {
  switch (kind) {
    case 'full':
      return new HistoryFull(`the disk of the embedded store is full: ${message}`);
    case 'away':
      return new HistoryUnavailable(`the embedded store is unavailable: ${message}`, { stored });
    case 'slow':
      return new SearchTooSlow(message);
    case 'in use':
      return new DirectoryInUse(message);
    case 'unfit':
      return new UnfitStore(message);
    case 'other':
      return Object.assign(new Error(message), { stack });
  }
}
