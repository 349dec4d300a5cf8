import { DirectoryInUse, HistoryFull, HistoryUnavailable, UnfitStore } from '../history.ts';
import { SearchTooSlow } from '../search.ts';

/** An error as it goes from a thread of the store to the main thread: an object of a class would arrive as a plain Error. */
export interface Failure {
  kind: 'full' | 'away' | 'slow' | 'in use' | 'unfit' | 'other';
  message: string;
  stored: 'no' | 'unknown';
  stack: string | undefined;
}

/** Primary result codes of SQLite (sqlite.org/rescode.html) that say that the database cannot serve now. */
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

/** A file that is damaged, or no database. */
const NO_STORE: readonly (number | undefined)[] = [11, 26];

/** The disk fails in the middle of a commit: nobody can tell what of it is there after a crash. */
const DISK_FAILS = 10;

/** The low byte of an extended code is the primary one. */
const PRIMARY = 0xff;

/** Says what an error of a thread is, so that it can be sent. */
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

/** Says why a thread does not open: what no waiting mends is unfit. */
export function openingFailureOf(error: unknown): Failure {
  const failure = failureOf(error);
  return NO_STORE.includes(resultCode(error)) ? { ...failure, kind: 'unfit' } : failure;
}

/** SQLite's primary result code, undefined where it is another error. */
export function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & PRIMARY : undefined;
}

/** The error that a failure was. */
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
