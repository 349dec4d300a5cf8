import type { History } from '@carillon/history';
import { type Check, NotWell } from './check.ts';

/** Checks the store with a write and a read. `embedded` is true for SQLite within this process. */
export function storeCheck(history: Pick<History, 'ping'>, embedded: boolean): Check {
  return {
    ...(embedded ? { name: 'sqlite', title: 'SQLite' } : { name: 'postgresql', title: 'PostgreSQL' }),
    async run() {
      await history.ping();
      return embedded ? 'embedded: wrote and read' : 'wrote and read';
    },
  };
}

/** Checks whether the schema of the store is the version that this code needs. */
export function schemaCheck(history: Pick<History, 'schema'>): Check {
  return {
    name: 'schema',
    title: 'Schema up to date',
    async run() {
      const { applied, known } = await history.schema();
      if (applied < known) throw new NotWell(`is at version ${applied}, but this code needs ${known}`);
      if (applied > known)
        throw new NotWell(`is at version ${applied}, newer than this code knows (${known})`);
      return `version ${applied}`;
    },
  };
}
