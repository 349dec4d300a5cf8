import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled } from '../../../tests/servers/postgres.ts';
import type { Database } from '../src/database.ts';
import { type History, HistoryUnavailable, type Reader } from '../src/index.ts';
import { openPostgres } from '../src/postgres.ts';
import { SqlAccess } from '../src/sql-access.ts';
import { openSqlHistory } from '../src/sql-history.ts';
import { SqlReads } from '../src/sql-reads.ts';
import { draft, newChannel, range } from './contract/store.ts';
import { postgresHands } from './hands/postgres.ts';

const ADA = { id: 'ada', name: 'Ada' };
const BOB: Reader = { id: 'bob', handles: ['bob'] };

describe.skipIf(!postgresInstalled)('the statements of a history on PostgreSQL', () => {
  let url: string;
  let database: Database;
  let history: History;
  beforeAll(async () => {
    url = await lentDatabase();
    database = openPostgres(url);
    history = await openSqlHistory(database);
  });
  afterAll(() => history?.close());

  it('are done together or none of them, where they are of one transaction', async () => {
    const set = { name: 'set_tried', text: `insert into meta values ('tried', $1) returning value` };
    const read = { name: 'read_tried', text: `select value from meta where name = 'tried'` };
    const failed = database.atomically(async (run) => {
      await run(set, ['once']);
      throw new TypeError('changed its mind');
    });
    await expect(failed).rejects.toThrow(TypeError);
    const twice = database.atomically(async (run) => {
      await run(set, ['twice']);
      await run(set, ['twice']);
    });
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await database.run(read, [])).toEqual([]);
    expect(await database.atomically((run) => run(set, ['done']))).toEqual([{ value: 'done' }]);
    expect(await database.run(read, [])).toEqual([{ value: 'done' }]);
  });

  it('are refused where a text has U+0000, which leaves nothing of a batch', async () => {
    const [a, b] = [newChannel(), newChannel()];
    await history.append([draft(a, 'before')]);
    await expect(history.append([draft(a, 'fine'), draft(b, 'U+0000: \0')])).rejects.toThrow();
    expect(await history.append([draft(a, 'after')])).toMatchObject([{ message: { seq: 2 } }]);
    expect(await history.after(b, 0, 9)).toEqual([]);
  });

  it('change access over one connection of a process, however many ask at once, and in spite of one that fails', async () => {
    let underway = 0;
    let most = 0;
    const counting: Database = {
      run: (statement, parameters) => database.run(statement, parameters),
      transaction: (work) => database.transaction(work),
      location: (execute) => database.location(execute),
      close: () => database.close(),
      atomically: (work) =>
        database.atomically(async (sent) => {
          underway += 1;
          most = Math.max(most, underway);
          try {
            return await work(sent);
          } finally {
            underway -= 1;
          }
        }),
    };
    const access = new SqlAccess(counting);
    const channel = newChannel();
    await access.create({ channel, visibility: 'private', topic: '', members: [] }, ADA);
    const bad = access.configure(channel, { topic: 'no \0 in a text' }, ADA);
    const people = range(1, 12).map((n) => ({ id: `at-once-${n}`, name: 'X' }));
    const added = people.map((person) => access.setMember(channel, { person, role: 'member' }, ADA));
    await expect(bad).rejects.toThrow();
    for (const { outcome } of await Promise.all(added)) expect(outcome).toBe('added');
    expect(most).toBe(1);
  });

  it('that mark what is read commit last, so that nothing after it can fail', async () => {
    const channel = newChannel();
    await history.append([draft(channel, '1'), draft(channel, '2')]);
    const asked: string[] = [];
    const run: typeof database.run = (statement, parameters) => {
      asked.push(statement.name);
      return database.run(statement, parameters);
    };
    const reads = new SqlReads({ ...database, run });
    expect(await reads.mark(BOB, channel, 1)).toMatchObject({ outcome: 'marked', read: 1, unread: 1 });
    expect(asked).toEqual(['overview', 'mark_read']);
    expect(await reads.mark(BOB, channel, 3)).toMatchObject({ outcome: 'ahead' });
    expect(asked).toHaveLength(3);
  });

  it('are sent no more where the schema is newer than the code knows: the database is closed', async () => {
    const hands = postgresHands(url);
    const { applied } = await history.schema();
    await hands.setSchema(applied + 1);
    const second = openPostgres(url);
    await expect(openSqlHistory(second)).rejects.toThrow(/newer than this version/);
    await expect(second.run({ name: 'one', text: 'select 1' }, [])).rejects.toThrow(HistoryUnavailable);
    await hands.close();
  });

  it('keep what is published beyond the mark only as long as there is a hole', async () => {
    const channel = newChannel();
    await history.append(range(1, 4).map((n) => draft(channel, `${n}`)));
    const text = `select published_ahead::text as ahead from channels where name = $1`;
    const ahead = async () => (await database.run({ name: 'ahead', text }, [channel]))[0]?.ahead;
    await history.markPublished([{ channel, first: 3, last: 3 }]);
    expect(await ahead()).toBe('{[3,4)}');
    await history.markPublished([{ channel, first: 1, last: 2 }]);
    expect(await ahead()).toBe('{}');
  });
});
