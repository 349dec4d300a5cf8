import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPglite } from '../../packages/history/src/pglite.ts';

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
/** Goes with the packages that are installed, so that a fresh checkout makes its own. */
const CACHE = join(MODULES, '.cache', 'carillon');
const NAME = 'empty-database-';
/** Says how a database is made, and started. */
const MAKER = fileURLToPath(new URL('../../packages/history/src/pglite.ts', import.meta.url));

/**
 * Puts an embedded database in which nothing is yet, no table either, into the directory that a `pglite://` URL will name.
 * To make one takes 5 s of a core, and most suites need one: it is made once for each version of PGlite
 * and of the code that makes it, and copied.
 */
export async function putEmptyDatabase(directory: string): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(join(MODULES, '@electric-sql', 'pglite', 'package.json'), 'utf8'),
  ) as { version: string };
  const code = createHash('sha256').update(readFileSync(MAKER)).digest('hex').slice(0, 16);
  const kept = join(CACHE, `${NAME}${version}-${code}`);
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
  for (const name of readdirSync(CACHE)) {
    const other = join(CACHE, name);
    if (name.startsWith(NAME) && other !== kept) rmSync(other, { recursive: true, force: true });
  }
}
