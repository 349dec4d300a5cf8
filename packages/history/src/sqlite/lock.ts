import { DatabaseSync } from 'node:sqlite';
import { DirectoryInUse } from '../history-errors.ts';
import { resultCode } from './failure.ts';

/** Time within which a stopping process closes, ms; a process that takes over need not be started twice. */
const STOPPING_MS = 500;

const BUSY = 5;

/**
 * Locks a store for this process, and returns a function that releases it: two processes would not know of each other's
 * commits. It is a kernel lock on a file beside the database: it works between containers that share a volume, where
 * process ids say nothing, and it ends with its process, however that ends.
 *
 * @throws DirectoryInUse
 */
export function takeLock(file: string): () => void {
  const lock = new DatabaseSync(lockOf(file), { timeout: STOPPING_MS });
  try {
    // Needs no disk space, and leaves no second file.
    lock.exec('pragma journal_mode = memory');
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (resultCode(error) !== BUSY) throw error;
    throw new DirectoryInUse(
      `another process has this store open. Two processes cannot share an embedded store: stop the other process, use another DATA_DIR, or use PostgreSQL.`,
    );
  }
  return () => lock.close();
}

/** The lock file of a database file. */
export function lockOf(file: string): string {
  return `${file}-lock`;
}
