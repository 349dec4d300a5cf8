import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPglite } from '../../packages/history/src/pglite.ts';

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
/** Goes with the packages that are installed, so that a fresh checkout makes its own. */
const CACHE = join(MODULES, '.cache', 'carillon');

/**
 * Puts an embedded database in which nothing is yet, no table either, into the directory that a `pglite://` URL will name.
 * To make one takes 5 s of a core, and most suites need one: it is made once for each version of PGlite, and copied.
 */
export async function putEmptyDatabase(directory: string): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(join(MODULES, '@electric-sql', 'pglite', 'package.json'), 'utf8'),
  ) as { version: string };
  const kept = join(CACHE, `empty-database-${version}`);
  if (!existsSync(kept)) await make(kept);
  cpSync(kept, directory, { recursive: true });
}

async function make(kept: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const made = mkdtempSync(join(CACHE, 'unfinished-'));
  await (await openPglite(`pglite://${encodeURI(made)}`)).close();
  try {
    renameSync(made, kept);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another process may have been first, and its own is as good.
    if (!existsSync(kept)) throw error;
  }
}
