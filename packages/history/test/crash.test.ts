import type { Change } from '@carillon/protocol';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Postgres, postgresInstalled, query, startPostgres } from '../../../tests/servers/postgres.ts';
import {
  type Appended,
  type ChangeDraft,
  type History,
  HistoryUnavailable,
  openHistory,
} from '../src/index.ts';
import { openPostgres } from '../src/postgres.ts';
import { openSqlHistory } from '../src/sql-history.ts';
import { bodiesOf, draft, range, seqsOf } from './contract/store.ts';
import { expectWhole } from './contract/whole.ts';
import { startChild } from './processes/child.ts';

/** So many are answered before each crash. */
const ANSWERED = 150;

const WRITER = { id: 'ada', name: 'Ada' };
const WITHIN_MS = 30_000;

const WAITING_FOR_A_LOCK = 'select pid::int from pg_locks where not granted';

describe.skipIf(!postgresInstalled)('posting while PostgreSQL crashes', () => {
  let server: Postgres;
  let url: string;
  let history: History;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
    history = await openHistory(url);
  });
  afterAll(async () => {
    await history?.close();
    await server?.stop();
  });

  it('loses nothing that was answered and leaves no hole; posts go on by themselves when the server is back', async () => {
    const answered = new Map<number, string>();
    const refused = new Map<string, HistoryUnavailable>();
    let stop = false;
    const write = async (writer: number) => {
      for (let count = 0; !stop; count++) {
        const bodies = [`${writer}.${count}.a`, `${writer}.${count}.b`];
        try {
          const answers = await history.append(bodies.map((body) => draft('crashed', body)));
          for (const { message } of answers as Extract<Appended, { outcome: 'created' }>[])
            answered.set(message.seq, message.body);
        } catch (error) {
          if (!(error instanceof HistoryUnavailable)) throw error;
          for (const body of bodies) refused.set(body, error);
        }
      }
    };
    const more = async () => {
      const deadline = Date.now() + WITHIN_MS;
      const enough = answered.size + ANSWERED;
      while (answered.size < enough) {
        if (Date.now() > deadline) throw new Error(`${answered.size} posts answered`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };

    const writers = range(1, 6).map(write);
    for (const _ of range(1, 3)) {
      await more();
      await server.kill('SIGKILL');
      await server.restart();
    }
    await more();
    stop = true;
    await Promise.all(writers);

    const stored = await history.after('crashed', 0, 1_000_000);
    expect(seqsOf(stored)).toEqual(range(1, stored.length));
    const bodies = new Map(bodiesOf(stored).map((body, index) => [index + 1, body]));
    for (const [seq, body] of answered) expect(bodies.get(seq)).toBe(body);
    const there = new Set(bodies.values());
    const untrue = [...refused].filter(([body, { stored }]) => stored === 'no' && there.has(body));
    expect(untrue).toEqual([]);
    expect(refused.size).toBeGreaterThan(0);
  });

  it('is answered as before when a refused batch is sent again with its keys', async () => {
    const batches = range(1, 40).map((batch) =>
      range(1, 5).map((index) => draft('again', `${batch}.${index}`, { key: `${batch}.${index}` })),
    );
    const first = batches.map((batch) => history.append(batch));
    await Promise.race(first);
    await server.kill('SIGKILL');
    await Promise.allSettled(first);
    await server.restart();
    const second = await Promise.all(batches.map((batch) => history.append(batch)));
    expect(second.flat().some(({ outcome }) => outcome === 'conflict')).toBe(false);
    const stored = await history.after('again', 0, 1_000);
    expect(seqsOf(stored)).toEqual(range(1, 200));
    expect(new Set(bodiesOf(stored)).size).toBe(200);
  });
});

describe.skipIf(!postgresInstalled)('changing messages while PostgreSQL crashes', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it('does each change whole or not at all, and loses none that was answered', async () => {
    const database = openPostgres(await server.createDatabase());
    const history = await openSqlHistory(database);
    const channel = 'crashed';
    await history.append(range(1, 8).map((n) => draft(channel, `${n}`)));
    const answered: Change[] = [];
    let stop = false;
    const write = async (writer: number) => {
      const author = { id: `p${writer}`, name: `P ${writer}` };
      for (let turn = 0; !stop; turn++) {
        const about = { channel, author, target: 1 + (turn % 8) };
        const drafts: ChangeDraft[] = [
          { type: 'reaction', ...about, emoji: '👍', op: turn % 16 < 8 ? 'add' : 'remove' },
          { type: 'edit', ...about, body: `${writer} ${turn} @p${writer} @p${turn % 9}` },
          ...(turn === 20 ? [{ type: 'delete' as const, ...about, target: writer }] : []),
        ];
        for (const each of drafts) {
          try {
            const changed = await history.change(each);
            if (changed.outcome === 'changed') answered.push(changed.change);
          } catch (error) {
            if (!(error instanceof HistoryUnavailable)) throw error;
          }
        }
        await history.append([draft(channel, `${writer} ${turn} @ada`)]).catch(() => {});
      }
    };
    const writers = range(1, 4).map(write);
    for (const _ of range(1, 3)) {
      const enough = answered.length + 60;
      await vi.waitUntil(() => answered.length > enough, { timeout: WITHIN_MS, interval: 10 });
      await server.kill('SIGKILL');
      await server.restart();
    }
    const enough = answered.length + 60;
    await vi.waitUntil(() => answered.length > enough, { timeout: WITHIN_MS, interval: 10 });
    stop = true;
    await Promise.all(writers);

    const log = await expectWhole({ history, database }, channel);
    const bySeq = new Map(log.map((event) => [event.seq, event]));
    for (const change of answered) {
      const { body, ...known } = { body: undefined, ...change };
      expect(bySeq.get(change.seq)).toMatchObject(known);
    }
    await history.close();
  }, 120_000);
});

describe.skipIf(!postgresInstalled)('several processes that change messages of one channel', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it('leave right counts and no hole, and never deadlock, one of them killed in the middle', async () => {
    const url = await server.createDatabase();
    const database = openPostgres(url);
    const history = await openSqlHistory(database);
    await history.append([draft('shared', 'first')]);
    const children = range(1, 3).map(() => startChild(url));
    await Promise.all(children.map((child) => child.next('open')));
    for (const [index, child] of children.entries())
      child.order({ kind: 'change', channel: 'shared', author: `process-${index}`, count: 40 });
    const [killed, ...others] = children;
    for (const _ of range(1, 20)) await killed?.next('changed');
    await killed?.kill();
    for (const other of others) await other.next('finished');
    await expectWhole({ history, database }, 'shared');
    const name = url.slice(url.lastIndexOf('/') + 1);
    expect(await query(url, `select deadlocks::int from pg_stat_database where datname = '${name}'`)).toEqual(
      [{ deadlocks: 0 }],
    );
    for (const child of children) await child.kill();
    await history.close();
  }, 120_000);
});

describe.skipIf(!postgresInstalled)('a batch that deadlocks with a session that is not ours', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it('is committed once the server has taken one of them back', async () => {
    const url = await server.createDatabase();
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
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it('never deadlock, and a reader sees a log without a hole meanwhile', async () => {
    const url = await server.createDatabase();
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
