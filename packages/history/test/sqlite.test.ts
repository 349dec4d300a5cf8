import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { historyContract } from './contract.ts';
import { sqliteHands } from './hands/sqlite.ts';

describe('history on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  let stores = 0;

  historyContract(async () => {
    stores += 1;
    return `sqlite:${join(directory, `store-${stores}`)}`;
  }, sqliteHands);
});
