import { rm } from 'node:fs/promises';
import { lentDatabase } from '../../tests/servers/lent.ts';
import { postgresInstalled } from '../../tests/servers/postgres.ts';
import { storeDirectory } from './store-directory.ts';

/** Where a store that is empty is opened, and the way to clear it away. */
export interface EmptyStore {
  url: string;
  remove(): Promise<void>;
}

/** A database of the run's PostgreSQL, where there is one: PGlite is the same to who uses it, and takes seconds of a core. */
export async function emptyStore(): Promise<EmptyStore> {
  if (postgresInstalled) return { url: await lentDatabase(), remove: async () => {} };
  const directory = await storeDirectory();
  return { url: `pglite://${directory}`, remove: () => rm(directory, { recursive: true, force: true }) };
}
