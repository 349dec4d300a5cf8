import { DatabaseSync } from 'node:sqlite';
import { DirectoryInUse } from '../history.ts';
import { resultCode } from './failure.ts';

/** A process that stops closes within this, ms; one that takes over after it need not be started twice. */
const STOPPING_MS = 500;

const BUSY = 5;

/**
 * Takes a store for this process alone, and gives the way to release it: two would not know of each other's commits. The lock is one of
 * the kernel's, on a file beside the database: it holds between containers that share a volume, whose process ids say nothing, and it
 * ends with its process, however that ends.
 *
 * @throws DirectoryInUse
 */
export function takeLock(file: string): () => void {
  const lock = new DatabaseSync(lockOf(file), { timeout: STOPPING_MS });
  try {
    // It needs no room, and leaves no second file.
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

/** The file whose lock it is. */
export function lockOf(file: string): string {
  return `${file}-lock`;
}
