import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { putEmptyDatabase } from '../../../tests/servers/empty-database.ts';
import { type Postgres, postgresInstalled, query, startPostgres } from '../../../tests/servers/postgres.ts';
import { type History, openHistory, readQuery, type SearchCursor } from '../src/index.ts';
import { draft, range } from './contract/store.ts';
import { type Child, startChild } from './processes/child.ts';

/** Starting processes with a store in them takes seconds, on a busy machine many. */
const SLOW_MS = 120_000;

/** A server takes a moment to see that a killed process holds nothing any more. */
const WITHIN = { timeout: 60_000, interval: 50 };

const CHANNELS = range(1, 6).map((index) => `indexed-${index}`);
const MESSAGES = 900;

/** Posts so many to each channel. */
async function fill(history: History): Promise<void> {
  for (let first = 1; first <= MESSAGES; first += 100) {
    const batch = CHANNELS.flatMap((channel) =>
      range(first, first + 99).map((n) => draft(channel, `found${n % 9} in ${channel}`)),
    );
    await history.append(batch);
  }
}

/** Every message that a search gives, over all its pages. */
async function found(history: History, q: string): Promise<string[]> {
  const seen: string[] = [];
  let cursor: SearchCursor | undefined;
  do {
    const scope = { subscribe: ['*'], person: undefined, moderate: [] };
    const page = await history.search.find({ query: readQuery(q), scope, limit: 200, cursor });
    seen.push(...page.hits.map(({ message }) => `${message.channel} ${message.seq}`));
    cursor = page.next;
  } while (cursor !== undefined);
  return seen;
}

describe('indexing', () => {
  let children: Child[] = [];
  const start = (url: string) => {
    const child = startChild(url);
    children.push(child);
    return child;
  };
  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    children = [];
  });

  const expectAll = async (history: History) => {
    const seen = await found(history, 'found');
    expect(seen.length).toBe(CHANNELS.length * MESSAGES);
    expect(new Set(seen).size).toBe(seen.length);
  };

  it(
    'goes on where a process was killed in the middle, on PGlite',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'carillon-indexing-'));
      try {
        await putEmptyDatabase(directory);
        const url = `pglite://${directory}`;
        const before = await openHistory(url);
        await fill(before);
        await before.close();
        for (const turns of [2, 5]) {
          const child = start(url);
          await child.next('open');
          child.order({ kind: 'index' });
          for (let turn = 0; turn < turns; turn++) expect((await child.next('indexed')).more).toBe(true);
          await child.kill();
        }
        const history = await openHistory(url);
        for (let more = true; more; ) ({ more } = await history.search.index());
        await expectAll(history);
        await history.close();
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    SLOW_MS,
  );

  describe.skipIf(!postgresInstalled)('on PostgreSQL', () => {
    let server: Postgres;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server?.stop());

    it(
      'is shared by processes, goes on when some are killed, and finds what was posted while none ran',
      async () => {
        const url = await server.createDatabase();
        const history = await openHistory(url);
        await fill(history);
        const workers = range(1, 3).map(() => start(url));
        await Promise.all(workers.map((child) => child.next('open')));
        for (const child of workers) child.order({ kind: 'index' });
        const [first, second, third] = workers as [Child, Child, Child];
        await first.next('indexed');
        await first.kill();
        await second.next('indexed');
        await second.kill();
        const behind = () => query(url, 'select name from channels where unindexed');
        await expect.poll(behind, WITHIN).toEqual([]);
        await expectAll(history);

        await third.kill();
        await history.append([draft('indexed-1', 'late words')]);
        expect(await found(history, 'late')).toEqual([]);
        const next = start(url);
        await next.next('open');
        next.order({ kind: 'index' });
        await expect.poll(() => found(history, 'late'), WITHIN).toEqual([`indexed-1 ${MESSAGES + 1}`]);
        await history.close();
      },
      SLOW_MS,
    );

    it('reads the index of words, however the statement is planned', async () => {
      const url = await server.createDatabase();
      const history = await openHistory(url);
      await history.append(range(1, 3_000).map((n) => draft('planned', `common rare${n}`)));
      for (let more = true; more; ) ({ more } = await history.search.index());
      const scans = async () => {
        // Counts of a session are told once it has been quiet for a moment.
        const [row] = await query(
          url,
          `select idx_scan::int as scans from pg_stat_user_indexes where indexrelname = 'search_entries_words'`,
        );
        return Number(row?.scans);
      };
      for (const n of range(1, 7)) expect(await found(history, `"rare${n}"`)).toEqual([`planned ${n}`]);
      await expect.poll(scans, WITHIN).toBeGreaterThanOrEqual(7);
      await history.close();
    });
  });
});
