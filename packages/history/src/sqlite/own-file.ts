import { writeFileSync } from 'node:fs';

/** Reading and writing, for no other user of this machine. */
const OWN = 0o600;

/**
 * Makes an empty file for one's own user alone, before SQLite opens it: SQLite would make it for everybody, and makes what it puts beside
 * a database like the database. One that is there is left as it is, and not opened: who closes a database's file loses SQLite's locks on it.
 *
 * @throws the file system's error where it cannot be made.
 */
export function makeOwnFile(path: string): void {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: OWN });
  } catch (error) {
    // Another process is at it too, and one of them will be refused.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
