import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { type History, openHistory } from '../src/index.ts';
import { draft, range } from './contract/store.ts';
import { found } from './found-messages.ts';
import { type Child, startChild } from './processes/child.ts';

/** Starting processes with a store in them takes seconds, on a busy machine many. */
const SLOW_MS = 300_000;

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

describe('indexing by processes that are killed', () => {
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
    'goes on where a process was killed in the middle, on SQLite',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'carillon-indexing-'));
      try {
        const url = `sqlite:${directory}`;
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
    it(
      'is shared by processes, goes on when some are killed, and finds what was posted while none ran',
      async () => {
        const url = await lentDatabase();
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
  });
});
