import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type History, HistoryFull, UnfitStore } from '../history.ts';
import { openSqliteFile } from './history.ts';
import { lockOf } from './lock.ts';
import { makeOwnFile } from './own-file.ts';

/** The database's file in a directory that a URL names. */
const FILE = 'carillon.db';

/** What a file is called that a URL names itself. */
const FILE_NAMES = /\.(db|sqlite|sqlite3)$/;

/** What a PGlite database of a version before had in its directory, and where that was. */
const PGLITE = ['PG_VERSION', 'db/PG_VERSION', 'history/db/PG_VERSION'];

/**
 * SQLite inside this process, in the directory or the file that `sqlite:PATH` names; made where it is not there.
 *
 * @throws DirectoryInUse where another process has it open, UnfitStore where it is of another program, of a newer Carillon, or of a
 * version that kept it in PGlite; HistoryUnavailable where it cannot be opened.
 */
export async function openSqlite(url: string): Promise<History> {
  const file = fileOf(url);
  const directory = dirname(file);
  const older = PGLITE.find((name) => existsSync(join(directory, name)));
  if (older !== undefined) {
    throw new UnfitStore(
      `${directory} holds a PGlite database (${older}), which this version cannot read: set another DATA_DIR. Nothing was changed`,
    );
  }
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    throw new UnfitStore(`${directory} cannot be created: ${(cause as Error).message}`, { cause });
  }
  keepToOneself(file);
  return openSqliteFile(file);
}

/** Makes the files of a new store for no other user of this machine. */
function keepToOneself(file: string): void {
  if (existsSync(file)) return;
  for (const name of [file, lockOf(file)]) {
    try {
      makeOwnFile(name);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ENOSPC') throw new HistoryFull(`the disk has no room for ${name}`, { cause });
      throw new UnfitStore(`${name} cannot be created: ${message}`, { cause });
    }
  }
}

/** The database's file that a URL names. */
export function fileOf(url: string): string {
  const path = resolve(decodeURIComponent(url.replace(/^sqlite:(\/\/)?/, '')));
  if (FILE_NAMES.test(path)) return path;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : join(path, FILE);
}
