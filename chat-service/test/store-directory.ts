import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHistory } from '@carillon/history';

/**
 * A directory of its own that holds an empty store. The first open of a PGlite directory takes 5 to 10 s, so one
 * is kept in the system's temporary directory for each version of PGlite and of the schema, and copied.
 */
export async function storeDirectory(): Promise<string> {
  const template = join(tmpdir(), `carillon-empty-store-${await version()}`);
  const directory = await mkdtemp(join(tmpdir(), 'carillon-store-'));
  const copied = await cp(template, directory, { recursive: true }).then(
    () => true,
    () => false,
  );
  if (copied) return directory;
  const made = await mkdtemp(join(tmpdir(), 'carillon-store-'));
  await (await openHistory(`pglite://${made}`)).close();
  await cp(made, directory, { recursive: true });
  // Where another process was first, its own is as good.
  await rename(made, template).catch(() => rm(made, { recursive: true }));
  return directory;
}

async function version(): Promise<string> {
  const resolve = createRequire(import.meta.url).resolve;
  const source = new URL('../../packages/history/src/', import.meta.url);
  const migrations = (await readdir(new URL('migrations/', source))).sort();
  const files = [
    resolve('@electric-sql/pglite'),
    ...['migrations.ts', 'pglite.ts', ...migrations.map((name) => `migrations/${name}`)].map(
      (name) => new URL(name, source),
    ),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
