import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { type History, openHistory } from '../src/index.ts';
import { draft, range, seqsOf } from './contract/store.ts';

const WRITER = { id: 'ada', name: 'Ada' };
const WITHIN_MS = 30_000;

const WAITING_FOR_A_LOCK = `select pid::int from pg_locks join pg_stat_activity using (pid)
  where not granted and datname = current_database()`;

describe.skipIf(!postgresInstalled)('a batch that deadlocks with a session that is not ours', () => {
  it('is committed once the server has taken one of them back', async () => {
    const url = await lentDatabase();
    const history = await openHistory(url);
    const batch = () => [draft('first', 'x'), draft('second', 'x')];
    await history.append(batch());
    const other = new pg.Client(url);
    await other.connect();
    const lock = (name: string) => other.query('select 1 from channels where name = $1 for update', [name]);
    // Whoever waits this long looks for a deadlock, and is the one taken back: ours.
    await other.query(`set deadlock_timeout = '1min'`);
    await other.query('begin');
    await lock('second');
    const appended = history.append(batch());
    await vi.waitUntil(async () => (await query(url, WAITING_FOR_A_LOCK)).length > 0, WITHIN_MS);
    await lock('first');
    await other.query('rollback');
    expect((await appended).map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect(seqsOf(await history.after('second', 0, 9))).toEqual([1, 2]);
    await other.end();
    await history.close();
  });
});

describe.skipIf(!postgresInstalled)('posting, marking and retention in several connections', () => {
  it('never deadlock, and a reader sees a log without a hole meanwhile', async () => {
    const url = await lentDatabase();
    const stores = await Promise.all(range(1, 3).map(() => openHistory(url)));
    const [one, two, three] = stores as [History, History, History];
    const channels = range(1, 8).map((index) => `busy-${index}`);
    const backwards = [...channels].reverse();
    const post = (store: History, names: readonly string[]) =>
      store.append(names.map((name) => draft(name, 'x')));
    await post(one, channels);
    const marks = (names: readonly string[], seq: number) =>
      names.map((channel) => ({ channel, first: seq, last: seq }));
    const holes: string[] = [];
    const read = async (store: History, channel: string) => {
      const { earliest } = (await store.extents([channel])).get(channel) ?? { earliest: 1 };
      const seqs = seqsOf(await store.after(channel, earliest - 1, 1_000));
      const first = seqs[0] ?? 0;
      if (seqs.some((seq, index) => seq !== first + index)) holes.push(`${channel}: ${seqs}`);
    };
    const work = (turn: number) => [
      post(one, turn % 2 === 0 ? channels : backwards),
      post(two, turn % 2 === 0 ? backwards : channels),
      two.markPublished(marks(turn % 3 === 0 ? channels : backwards, turn)),
      three.markPublished(marks(turn % 3 === 0 ? backwards : channels, turn)),
      ...(turn % 5 === 0 ? [one.retain({ maxCount: 7 }), three.retain({ maxCount: 7 })] : []),
      read(three, channels[turn % channels.length] as string),
    ];
    // As many at once as connections serve before who waits for one gives up.
    const workAll = async () => {
      for (const wave of range(0, 9)) await Promise.all(range(6 * wave + 1, 6 * wave + 6).flatMap(work));
    };
    // Retention waits for what the indexer and a deletion have, and they for it.
    const changes: string[] = [];
    const changeAndIndex = async () => {
      for (const turn of range(1, 60)) {
        const channel = channels[turn % channels.length] as string;
        const head = (await two.extents([channel])).get(channel)?.head ?? 1;
        for (const target of [head, head - 1]) {
          const about = { channel, target, author: WRITER };
          const edited = await two.change({ type: 'edit', ...about, body: `edit ${turn}` });
          await two.search.index();
          const deleted = target === head ? undefined : await two.change({ type: 'delete', ...about });
          for (const done of [edited, deleted]) if (done?.outcome === 'changed') changes.push(channel);
        }
      }
    };
    await Promise.all([workAll(), changeAndIndex()]);
    const database = url.slice(url.lastIndexOf('/') + 1);
    expect(
      await query(url, `select deadlocks::int from pg_stat_database where datname = '${database}'`),
    ).toEqual([{ deadlocks: 0 }]);
    expect(holes).toEqual([]);
    expect(changes.length).toBeGreaterThan(10);
    for (const channel of channels) {
      const changed = changes.filter((name) => name === channel).length;
      expect((await one.extents([channel])).get(channel)?.head).toBe(121 + changed);
      await read(one, channel);
    }
    expect(holes).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  }, 120_000);
});
