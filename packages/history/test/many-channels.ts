import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled } from '../../../tests/servers/postgres.ts';
import type { Database } from '../src/database.ts';
import type { History } from '../src/index.ts';
import { openPostgres } from '../src/postgres.ts';
import { openSqlHistory } from '../src/sql-history.ts';
import { draft, range, seqsOf } from './contract/store.ts';

const TABLES = [
  'channels',
  'events',
  'changes',
  'reactions',
  'reaction_counts',
  'mentions',
  'search_cursors',
];

const name = (index: number) => `many-${String(index).padStart(6, '0')}`;

/** Rows and index entries that a batch of twenty channels may go through: who reads a table whole goes through far more. */
const MOST_ROWS = 5_000;

/** What stores do with so many channels: 10,000 or more. Plans are made while the tables are empty, and kept. */
export function manyChannels(count: number): void {
  describe.skipIf(!postgresInstalled)('on PostgreSQL', () => {
    manyChannelsContract(count, async () => openPostgres(await lentDatabase()));
  });
}

function manyChannelsContract(count: number, open: () => Promise<Database>): void {
  let database: Database;
  let history: History;
  const run = (text: string) => database.run({ name: text.slice(0, 60), text }, []);
  /** Rows and index entries that statements have gone through so far. */
  const rowsRead = async () => {
    await run('select pg_stat_force_next_flush()::text');
    const [row] = await run(`
      select sum(pg_stat_get_tuples_returned(oid))::int8 as rows from (
        select unnest(array[indrelid, indexrelid]) as oid from pg_index
        where indrelid in (${TABLES.map((table) => `'${table}'::regclass`).join()})
      ) relations`);
    return Number(row?.rows);
  };
  const everything = async (channels: readonly string[]) => {
    const [first = ''] = channels;
    await history.append(
      channels.flatMap((channel) => [draft(channel, '1'), draft(channel, '2', { key: 'k' })]),
    );
    await history.append([draft(first, '2', { key: 'k' })]);
    await history.get(first, 1);
    await history.after(first, 0, 10);
    await history.messages(first, { limit: 10 });
    await history.messages(first, { after: 0, limit: 10 });
    const { author } = draft(first, '');
    const about = { channel: first, target: 1, author };
    await history.change({ ...about, type: 'reaction', emoji: '👍', op: 'add' });
    await history.change({ ...about, type: 'reaction', emoji: '👍', op: 'remove' });
    await history.change({ ...about, type: 'edit', body: 'edited, @ada' });
    await history.revisions(first, 1, 0, 10);
    await history.change({ ...about, type: 'delete' });
    await history.extents(channels);
    await history.seqBefore(first, 1_000);
    await history.channels(first, 10);
    await history.channels(first, 10, { subscribe: ['many-*'], person: 'ada', moderate: [] });
    await history.reads.overview(channels, { id: 'bob', handles: ['bob'] });
    await history.reads.mark({ id: 'bob', handles: ['bob'] }, first, 1);
    await history.search.index();
    await history.markPublished(channels.map((channel) => ({ channel, first: 1, last: 2 })));
    await history.unpublished(0, 100);
  };

  beforeAll(async () => {
    database = await open();
    history = await openSqlHistory(database);
    // To analyze a table makes its plans anew.
    for (const table of TABLES) await run(`alter table ${table} set (autovacuum_enabled = off)`);
    for (const turn of range(1, 7)) await everything([`early-${turn}`, `early-${turn}-b`]);
    await run(
      `insert into channels (name, head) select 'many-' || lpad(i::text, 6, '0'), 0 from generate_series(1, ${count}) as i`,
    );
    await run(`insert into events (channel_id, seq, author_id, author_name, body, created_ms)
      select id, 1, 'ada', 'Ada', 'x', 1 from channels where head = 0`);
    await run('update channels set head = 1, published = 1, head_ms = 1 where head = 0');
  });
  afterAll(() => history?.close());

  it('reads no more rows for a batch than it is about', async () => {
    const before = await rowsRead();
    const channels = range(1, 20).map((index) => name((index * count) / 20));
    await everything(channels);
    const read = (await rowsRead()) - before;
    expect(read).toBeGreaterThan(channels.length);
    expect(read).toBeLessThan(MOST_ROWS);
  });

  it('tells the extents of 10,000 channels in one query', async () => {
    const channels = range(1, 10_000).map((index) => name((index * count) / 10_000));
    const extents = await history.extents(channels);
    expect(extents.size).toBe(10_000);
    expect(extents.get(name(count / 10_000))).toEqual({ earliest: 1, head: 1 });
  });

  it('makes 1,000 new channels in one batch, among some that are there', async () => {
    const channels = range(1, 1_000).map((index) => (index % 10 === 0 ? name(index + 5) : `fresh-${index}`));
    const answers = await history.append(channels.map((channel) => draft(channel, channel)));
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({
        outcome: 'created',
        message: { channel: channels[index], body: channels[index], seq: (index + 1) % 10 === 0 ? 2 : 1 },
      });
    }
    expect(seqsOf(await history.after('fresh-1', 0, 9))).toEqual([1]);
  });
}
