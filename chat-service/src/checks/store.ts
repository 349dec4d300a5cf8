import type { History } from '@carillon/history';
import { type Check, NotWell } from './check.ts';

/** A write and a read. */
export function storeCheck(history: Pick<History, 'ping'>, embedded: boolean): Check {
  return {
    ...(embedded ? { name: 'sqlite', title: 'SQLite' } : { name: 'postgresql', title: 'PostgreSQL' }),
    async run() {
      await history.ping();
      return embedded ? 'embedded: wrote and read' : 'wrote and read';
    },
  };
}

/** Whether the store is as this version of the code needs it. */
export function schemaCheck(history: Pick<History, 'schema'>): Check {
  return {
    name: 'schema',
    title: 'Schema up to date',
    async run() {
      const { applied, known } = await history.schema();
      if (applied < known) throw new NotWell(`is at version ${applied}, and this code needs ${known}`);
      if (applied > known)
        throw new NotWell(`is at version ${applied}, newer than this code knows (${known})`);
      return `version ${applied}`;
    },
  };
}
