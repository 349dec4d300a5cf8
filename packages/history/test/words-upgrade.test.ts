import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { openHistory } from '../src/index.ts';
import { remakeIndex } from '../src/migrations/words.ts';
import { WORDS_VERSION } from '../src/search-words.ts';
import { fileOf } from '../src/sqlite/open.ts';
import { REMAKE_INDEX } from '../src/sqlite/schema.ts';
import { draft } from './contract/store.ts';
import { found } from './found-messages.ts';

const MESSAGES = ['ﾃﾞｰﾀﾍﾞｰｽ', 'plain words'];

/** Posts and indexes messages, has `upgrade` put old words in their place and migrate, and indexes again. */
async function afterUpgrade(url: string, upgrade: () => Promise<unknown>): Promise<void> {
  const index = async () => {
    const history = await openHistory(url);
    for (let more = true; more; ) ({ more } = await history.search.index());
    return history;
  };
  const before = await openHistory(url);
  await before.append(MESSAGES.map((body) => draft('upgraded', body)));
  await before.close();
  await (await index()).close();
  await upgrade();
  const after = await index();
  expect(await found(after, 'データベース ')).toEqual(['upgraded 1']);
  expect(await found(after, 'plain ')).toEqual(['upgraded 2']);
  expect(await found(after, 'old ')).toEqual([]);
  await after.close();
}

describe('an index of other words is made anew', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-words-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('on SQLite', async () => {
    const url = `sqlite:${join(directory, 'store')}`;
    await afterUpgrade(url, async () => {
      const database = new DatabaseSync(fileOf(url));
      database.exec(`update search set words = 'old'`);
      database.exec(REMAKE_INDEX);
      database.close();
    });
  });

  it.skipIf(!postgresInstalled)(
    'on PostgreSQL, and nodes of the version before write no old words',
    async () => {
      const url = await lentDatabase();
      await afterUpgrade(url, async () => {
        await query(url, `update search_entries set words = 'old:1'::tsvector`);
        await query(url, remakeIndex(WORDS_VERSION));
        const old = `insert into search_entries select channel_id, seq, author_id, created_ms, 'old:1' from search_entries
        on conflict (channel_id, seq) do update set words = excluded.words`;
        await expect(query(url, old)).rejects.toThrow('other words than the index has');
      });
    },
  );
});
