import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { LogEvent } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled } from '../../../tests/servers/postgres.ts';
import { backUpSqlite, CopyRefused, copyStore } from '../src/copy/index.ts';
import { type History, openHistory } from '../src/index.ts';
import { draft, range } from './contract/store.ts';
import { found } from './found-messages.ts';

const ADA = { id: 'ada', name: 'Ada' };
const BOB = { id: 'bob', name: '\ufeffBob "Ω"', handles: ['bob'] };
const CHANNELS = ['lobby', 'plans', 'quiet'];
const HOUR_MS = 3_600_000;
const ODD = [
  '\ufeff\u0001\u001f',
  `'quotes' "double" \\back\\`,
  '👩‍👩‍👧 \u2028',
  '{"a":1}',
  'x'.repeat(70_000),
];

const folder = mkdtempSync(join(tmpdir(), 'carillon-copy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let stores = 0;
const newSqlite = () => {
  stores += 1;
  return `sqlite:${join(folder, `store-${stores}`)}`;
};
const quietly = () => {};
const copy = (from: string, to: string) => copyStore({ from, to }, quietly);
const using = async <T>(url: string, work: (history: History) => Promise<T>): Promise<T> => {
  const history = await openHistory(url);
  try {
    return await work(history);
  } finally {
    await history.close();
  }
};

/** A store with something of everything in it. */
async function fill(history: History): Promise<void> {
  const { access, reads, webhooks } = history;
  await access.create(
    { channel: 'plans', visibility: 'private', topic: 'Pläne', members: [{ person: BOB, role: 'member' }] },
    ADA,
  );
  const keyed = range(1, 2_300).map((n) => draft('lobby', `message ${n} @bob`, { key: `k-${n}` }));
  await history.append(keyed);
  await history.append(ODD.map((body) => draft('plans', body, { author: BOB, replyTo: 1 })));
  await history.append([draft('quiet', 'one'), draft('quiet', 'two')]);
  const about = { channel: 'lobby', author: BOB };
  await history.change({ type: 'edit', ...about, target: 2, body: 'edited once @ada' });
  await history.change({ type: 'edit', ...about, target: 2, body: 'edited twice' });
  await history.change({ type: 'delete', ...about, target: 3 }, ADA);
  for (const emoji of ['👍', '🎉'])
    await history.change({ type: 'reaction', ...about, target: 4, emoji, op: 'add' });
  await history.change({ type: 'reaction', ...about, target: 4, emoji: '🎉', op: 'remove' });
  for (const message of [1, 5])
    await history.change({ type: 'pin', channel: 'lobby', author: BOB, message, op: 'add' });
  await access.configure('quiet', { archived: true }, ADA);
  await access.sanction({ kind: 'ban', person: 'eve', reason: 'spam', by: ADA, rank: 2, ms: HOUR_MS });
  await access.revoke({ person: 'eve', session: 's', ms: HOUR_MS }, ADA);
  await reads.mark(BOB, 'lobby', 1_000);
  await webhooks.create({
    id: 'a'.repeat(32),
    channel: 'lobby',
    url: 'https://x.test/',
    secret: 's',
    from: 'latest',
  });
  await history.markPublished([{ channel: 'lobby', first: 1, last: 2_000 }]);
  await history.retain({ channel: 'quiet', maxCount: 2 });
}

/** All that somebody can be told of a store. */
async function toldOf(history: History): Promise<unknown> {
  const { access, reads, webhooks } = history;
  const logs: Record<string, LogEvent[]> = {};
  for (const channel of CHANNELS) logs[channel] = await history.after(channel, 0, 10_000);
  const { version } = await access.changes(Number.MAX_SAFE_INTEGER);
  const { sanctions, revocations } = await access.activeSanctions();
  return {
    epoch: history.epoch,
    logs,
    channels: await history.channels(undefined, 100),
    page: await history.messages('lobby', { limit: 5_000, viewer: 'bob' }),
    revisions: await history.revisions('lobby', 2, 0, 10),
    extents: await history.extents(CHANNELS),
    unpublished: (await history.unpublished(0, 100)).sort((a, b) => a.channel.localeCompare(b.channel)),
    settings: await Promise.all(CHANNELS.map((channel) => access.settings(channel))),
    members: await access.members('plans', '', 10),
    audit: await access.audit(undefined, undefined, 100),
    access: [version, await access.changes(version - 3)],
    held: [sanctions, revocations].flat().map(({ remainingMs: _, ...rest }) => rest),
    overview: await reads.overview(CHANNELS, BOB),
    webhooks: await webhooks.list('lobby'),
  };
}

describe('a copied store', () => {
  let source: string;
  let told: unknown;
  beforeAll(async () => {
    source = newSqlite();
    told = await using(source, async (history) => {
      await fill(history);
      return toldOf(history);
    });
  });

  it.skipIf(!postgresInstalled)(
    'tells the same on PostgreSQL and back on SQLite, its epoch too, and goes on with seqs, keys and search',
    async () => {
      const [postgres, back] = [await lentDatabase(), newSqlite()];
      const { rows, epoch } = await copy(source, postgres);
      expect([rows.get('channels'), rows.get('events'), rows.get('reads')]).toEqual([3, 2_306, 1]);
      expect(await using(postgres, toldOf)).toEqual(told);
      await copy(postgres, back);
      for (const url of [postgres, back]) {
        await using(url, async (history) => {
          expect(history.epoch).toBe(epoch);
          expect(await toldOf(history)).toEqual(told);
          const head = (await history.extents(['lobby'])).get('lobby')?.head ?? 0;
          const repeated = draft('lobby', 'message 7 @bob', { key: 'k-7' });
          expect(await history.append([repeated, draft('lobby', 'next')])).toMatchObject([
            { outcome: 'repeated', message: { seq: 7 } },
            { outcome: 'created', message: { seq: head + 1 } },
          ]);
          // What counts up by itself goes on behind what was copied.
          const made = await history.access.create(
            { channel: 'new', visibility: 'public', topic: '', members: [] },
            ADA,
          );
          expect(made.outcome).toBe('created');
          for (let more = true; more; ) ({ more } = await history.search.index());
          expect(await found(history, '"edited twice"')).toEqual(['lobby 2']);
          expect(await found(history, 'edited once')).toEqual([]);
          expect((await found(history, 'message')).length).toBe(2_298);
        });
      }
    },
    60_000,
  );

  it('goes into an empty place only, and from a store that nobody uses', async () => {
    const target = newSqlite();
    await copy(source, target);
    await expect(copy(source, target)).rejects.toMatchObject({ reason: 'not empty' });
    await expect(copy(newSqlite(), newSqlite())).rejects.toMatchObject({ reason: 'no such store' });
    await using(source, async () => {
      await expect(copy(source, newSqlite())).rejects.toMatchObject({ reason: 'in use' });
    });
    const file = join(folder, 'a-file');
    writeFileSync(file, 'x');
    await expect(copy(source, `sqlite:${join(file, 'under')}`)).rejects.toMatchObject({
      reason: 'cannot write',
    });
    await expect(copy(source, 'mysql://host/db')).rejects.toThrow(/a store URL must start with/);
  });

  it.skipIf(!postgresInstalled)('goes into no database that is used, or has something', async () => {
    const used = await lentDatabase();
    await using(used, async (history) => {
      await history.ping();
      await expect(copy(source, used)).rejects.toMatchObject({ reason: 'in use' });
      await history.append([draft('here', 'first')]);
    });
    await expect(copy(source, used)).rejects.toMatchObject({ reason: 'not empty' });
    expect(await using(used, (history) => history.after('here', 0, 9))).toHaveLength(1);
    await expect(copy(await lentDatabase(), newSqlite())).rejects.toMatchObject({ reason: 'no such store' });
  });

  it.skipIf(!postgresInstalled)(
    'that was broken off by a kill is no store, and is made by the next run',
    async () => {
      for (const target of [newSqlite(), await lentDatabase()]) {
        const child = spawn(
          process.execPath,
          ['--conditions=carillon-source', '--import', 'tsx', BREAK_OFF, source, target],
          { stdio: ['ignore', 'inherit', 'inherit'] },
        );
        const [, signal] = await once(child, 'exit');
        expect(signal).toBe('SIGKILL');
        if (target.startsWith('sqlite:')) expect(readdirSync(target.slice(7))).not.toContain('carillon.db');
        await eventuallyCopied(source, target);
        expect(await using(target, toldOf)).toEqual(told);
      }
    },
    120_000,
  );

  it('that differs is told and not kept', async () => {
    const target = newSqlite();
    await expect(copyStore({ from: source, to: target }, spoil(target))).rejects.toThrow(
      /differs in events, channel \d+: 2300 rows were read and 2299 were written/,
    );
    expect(existsSync(join(target.slice(7), 'carillon.db'))).toBe(false);
  });

  it('that cannot be moved to its place leaves nothing, and is made once it can', async () => {
    const target = newSqlite();
    const inItsPlace = join(target.slice(7), 'carillon.db', 'something');
    const hinder = ({ table }: { table: string }) => {
      if (table === 'events') mkdirSync(inItsPlace, { recursive: true });
    };
    await expect(copyStore({ from: source, to: target }, hinder)).rejects.toThrow(/carillon\.db/);
    expect(readdirSync(target.slice(7)).sort()).toEqual(['carillon.db', 'carillon.db-lock']);
    rmSync(join(target.slice(7), 'carillon.db'), { recursive: true });
    await copy(source, target);
    expect(await using(target, toldOf)).toEqual(told);
  });
});

const BREAK_OFF = fileURLToPath(new URL('processes/broken-off-copy.ts', import.meta.url));

/** A server takes a moment to see that a killed process holds nothing any more. */
async function eventuallyCopied(from: string, to: string): Promise<void> {
  await expect
    .poll(
      () =>
        copy(from, to).then(
          () => 'copied',
          (error: Error) => error.message,
        ),
      { timeout: 30_000 },
    )
    .toBe('copied');
}

/** Takes a row out of the copy behind its back, once its events are there. */
function spoil(target: string): (progress: { table: string; rows: number }) => void {
  return ({ table, rows }) => {
    if (table !== 'events' || rows < 2_306) return;
    const other = new DatabaseSync(join(target.slice(7), 'carillon.db.copying'));
    other.exec('delete from events where place = (select min(place) from events where key is not null)');
    other.close();
  };
}

describe('a backup', () => {
  it('is made while the store is used, and is another store', async () => {
    const url = newSqlite();
    const file = join(folder, 'backup.db');
    mkdirSync(join(folder, 'restored'));
    await using(url, async (history) => {
      await history.append(range(1, 500).map((n) => draft('lobby', `${n}`)));
      const posting = range(501, 700).map((n) => history.append([draft('lobby', `${n}`)]));
      await backUpSqlite(url, file, quietly);
      await Promise.all(posting);
      const restored = `sqlite:${join(folder, 'backup.db')}`;
      await using(restored, async (copied) => {
        expect(copied.epoch).not.toBe(history.epoch);
        const log = await copied.after('lobby', 0, 10_000);
        expect(log.length).toBeGreaterThanOrEqual(500);
        expect(log.map(({ seq }) => seq)).toEqual(range(1, log.length));
      });
      await expect(backUpSqlite(url, file, quietly)).rejects.toMatchObject({ reason: 'not empty' });
    });
  });

  it('of nothing, or into nowhere, is refused', async () => {
    await expect(backUpSqlite(newSqlite(), join(folder, 'x.db'), quietly)).rejects.toThrow(CopyRefused);
    const url = newSqlite();
    await using(url, (history) => history.ping());
    const nowhere = join(folder, 'no-such-directory', 'x.db');
    await expect(backUpSqlite(url, nowhere, quietly)).rejects.toMatchObject({ reason: 'cannot write' });
  });
});

it('keeps every file of a store, of a copy and of a backup for its own user', async () => {
  const [from, to] = [newSqlite(), newSqlite()];
  const file = join(folder, 'own-backup.db');
  const modes = (path: string) =>
    readdirSync(path).map((name) => [name, (statSync(join(path, name)).mode & 0o777).toString(8)]);
  const directory = (url: string) => url.replace('sqlite:', '');
  await using(from, async (history) => {
    await history.append([draft('lobby', 'one')]);
    await backUpSqlite(from, file, quietly);
    expect(modes(directory(from)).filter(([, mode]) => mode !== '600')).toEqual([]);
    expect(modes(directory(from))).toContainEqual(['carillon.db-wal', '600']);
  });
  await copy(from, to);
  expect(Object.fromEntries(modes(directory(to)))).toEqual({
    'carillon.db': '600',
    'carillon.db-lock': '600',
  });
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
});
