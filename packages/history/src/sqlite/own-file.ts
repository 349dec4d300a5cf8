import { writeFileSync } from 'node:fs';

/** Reading and writing for the owner only. */
const OWN = 0o600;

/**
 * Creates an empty file for the current user alone, before SQLite opens it: SQLite would make it readable for
 * everybody, and gives the files beside a database the permissions of the database. An existing file is left as it is,
 * and not opened: closing a database's file would drop SQLite's locks on it.
 *
 * @throws the file system's error if it cannot be created.
 */
export function makeOwnFile(path: string): void {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: OWN });
  } catch (error) {
    // Another process is creating it too, and one of them will be refused.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
