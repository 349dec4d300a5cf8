import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { putEmptyDatabase } from '../../../tests/servers/empty-database.ts';
import { openPglite } from '../src/pglite.ts';
import { historyContract } from './contract.ts';

describe('history on PGlite', () => {
  const directories: string[] = [];
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  historyContract(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-pglite-'));
    directories.push(directory);
    await putEmptyDatabase(directory);
    return `pglite://${directory}`;
  }, openPglite);
});
