import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lentDatabase } from '../../tests/servers/lent.ts';
import { postgresInstalled } from '../../tests/servers/postgres.ts';

/** Where a store that is empty is opened, and the way to clear it away. */
export interface EmptyStore {
  url: string;
  remove(): Promise<void>;
}

/** A database of the run's PostgreSQL, where there is one: what a service has in production. */
export async function emptyStore(): Promise<EmptyStore> {
  if (postgresInstalled) return { url: await lentDatabase(), remove: async () => {} };
  const directory = await mkdtemp(join(tmpdir(), 'carillon-store-'));
  return { url: `sqlite:${directory}`, remove: () => rm(directory, { recursive: true, force: true }) };
}
