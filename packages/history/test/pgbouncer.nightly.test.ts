import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import {
  OLD_PGBOUNCER,
  type Pgbouncer,
  pgbouncerInstalled,
  startPgbouncer,
} from '../../../tests/servers/pgbouncer.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { copyStore } from '../src/copy/index.ts';
import { HistoryUnavailable, openHistory, UnfitStore } from '../src/index.ts';
import { openPostgres } from '../src/postgres.ts';
import { draft } from './contract/store.ts';
import { historyContract } from './contract.ts';
import { postgresHands } from './hands/postgres.ts';

const TRANSACTION = 'pool_mode = transaction';

/** SQLSTATE of a statement that took too long. */
const QUERY_CANCELED = '57014';

/** Sessions of each database: fewer than a process has connections, so that transactions change places all the time. */
const FEW_SESSIONS = ['default_pool_size = 3', 'reserve_pool_size = 0'];

describe.skipIf(!postgresInstalled || !pgbouncerInstalled)('PostgreSQL behind PgBouncer', () => {
  let serverPort: number;
  const started: Pgbouncer[] = [];
  const direct = new Map<string, string>();

  const start = async (settings: readonly string[], binary?: string) => {
    const pooler = await startPgbouncer(serverPort, settings, binary);
    started.push(pooler);
    return pooler;
  };

  /** A new database, by way of the pooler. */
  const databaseBehind = async (pooler: Pgbouncer) => {
    const url = await lentDatabase();
    const pooled = pooler.urlOf(url);
    direct.set(pooled, url);
    return pooled;
  };
  const hands = (pooled: string) => postgresHands(direct.get(pooled) as string);

  beforeAll(async () => {
    serverPort = Number(new URL(await lentDatabase()).port);
  });
  afterAll(async () => {
    for (const pooler of started) await pooler.stop();
  });

  describe('in transaction mode, as it is installed', () => {
    let pooler: Pgbouncer;
    beforeAll(async () => {
      pooler = await start([TRANSACTION, ...FEW_SESSIONS, 'max_prepared_statements = 200']);
    });

    historyContract(() => databaseBehind(pooler), hands);

    it('has the settings of the store in each statement, and leaves none behind', async () => {
      const url = await databaseBehind(pooler);
      const database = openPostgres(url);
      const names = [
        'plan_cache_mode',
        'enable_seqscan',
        'jit',
        'statement_timeout',
        'transaction_isolation',
      ];
      const text = `select ${names.map((name) => `current_setting('${name}') as ${name}`).join()}`;
      const held = {
        plan_cache_mode: 'force_generic_plan',
        enable_seqscan: 'off',
        jit: 'off',
        statement_timeout: '5s',
        transaction_isolation: 'read committed',
      };
      const several = Array.from({ length: 12 }, () => database.run({ name: 'held', text }, []));
      for (const [row] of await Promise.all(several)) expect(row).toEqual(held);
      await database.atomically(async (run) => expect(await run({ name: 'held', text }, [])).toEqual([held]));
      for (let look = 0; look < 3; look++)
        expect(await query(url, text)).toMatchObject([{ plan_cache_mode: 'auto', statement_timeout: '0' }]);
      await database.close();
    });

    it('gives up what takes longer than a statement may, and goes on', async () => {
      const database = openPostgres(await databaseBehind(pooler));
      await expect(
        database.atomically(async (run) => {
          await run({ name: 'hurry', text: `select set_config('statement_timeout', '50', true)` }, []);
          await run({ name: 'slow', text: 'select pg_sleep(60)' }, []);
        }),
      ).rejects.toMatchObject({ cause: { code: QUERY_CANCELED } });
      expect(await database.run({ name: 'one', text: 'select 1 as one' }, [])).toEqual([{ one: 1 }]);
      await database.close();
    });

    it('stores nothing of a statement that fails, and says so', async () => {
      const database = openPostgres(await databaseBehind(pooler));
      await database.transaction(
        async (execute) => void (await execute('create table once (name text unique)')),
      );
      const insert = { name: 'insert', text: 'insert into once values ($1), ($2)' };
      await expect(database.run(insert, ['a', 'a'])).rejects.toMatchObject({ code: '23505' });
      await expect(database.run({ name: 'bad', text: 'select nothing' }, [])).rejects.toMatchObject({
        code: '42703',
      });
      await database.run(insert, ['a', 'b']);
      const count = { name: 'count', text: 'select count(*) as rows from once' };
      expect(await database.run(count, [])).toEqual([{ rows: 2 }]);
      await database.close();
    });

    it('is away while the pooler is, and back with it', async () => {
      const own = await start([TRANSACTION]);
      const history = await openHistory(await databaseBehind(own));
      await own.kill();
      await expect(history.ping()).rejects.toThrow(HistoryUnavailable);
      await own.restart();
      await history.ping();
      await history.close();
    });
  });

  it('is used with settings at the start of a connection ignored by the pooler, in transaction mode and in session mode', async () => {
    for (const mode of [TRANSACTION, 'pool_mode = session']) {
      const pooler = await start([
        mode,
        'ignore_startup_parameters = options,statement_timeout,extra_float_digits',
      ]);
      const database = openPostgres(await databaseBehind(pooler));
      const text = `select current_setting('plan_cache_mode') as mode`;
      expect(await database.run({ name: 'mode', text }, [])).toEqual([{ mode: 'force_generic_plan' }]);
      await database.close();
    }
  });

  it.each([
    ['transaction', ['max_prepared_statements = 0']],
    ['transaction', ['max_prepared_statements = 0', 'server_round_robin = 1', 'min_pool_size = 5']],
    ['transaction', ['max_prepared_statements = 0', 'ignore_startup_parameters = options,statement_timeout']],
  ])('is refused in %s mode with %j, since prepared statements get lost', async (mode, settings) => {
    const pooler = await start([`pool_mode = ${mode}`, ...settings]);
    const opened = openHistory(await databaseBehind(pooler));
    await expect(opened).rejects.toThrow(UnfitStore);
    await expect(opened).rejects.toThrow(/version 1.21 or newer, and max_prepared_statements above 0/);
  });

  it('is refused in statement mode, which has no transactions', async () => {
    const pooler = await start(['pool_mode = statement']);
    const opened = openHistory(await databaseBehind(pooler));
    await expect(opened).rejects.toThrow(UnfitStore);
    await expect(opened).rejects.toThrow(/Set pool_mode to transaction or session/);
  });

  describe.skipIf(OLD_PGBOUNCER === undefined)('of before 1.21', () => {
    it('is refused in transaction mode, and used in session mode', async () => {
      const old = await start([TRANSACTION], OLD_PGBOUNCER);
      await expect(openHistory(await databaseBehind(old))).rejects.toThrow(UnfitStore);
      const session = await start(['pool_mode = session'], OLD_PGBOUNCER);
      const history = await openHistory(await databaseBehind(session));
      await history.ping();
      await history.close();
    });
  });

  it('is copied once the pooler has closed the connections that it keeps', async () => {
    const pooler = await start([TRANSACTION, 'admin_users = postgres']);
    const url = await databaseBehind(pooler);
    const history = await openHistory(url);
    await history.append([draft('copied', 'by way of the pooler')]);
    await history.close();
    const from = direct.get(url) as string;
    await expect(copyStore({ from, to: await lentDatabase() }, () => {})).rejects.toThrow(
      /close the connections that a pooler keeps/,
    );
    const console = new URL(url);
    console.pathname = '/pgbouncer';
    await query(console.href, 'reconnect');
    const to = await lentDatabase();
    await copyStore({ from, to }, () => {});
    const copied = await openHistory(to);
    expect(await copied.after('copied', 0, 9)).toMatchObject([{ body: 'by way of the pooler' }]);
    await copied.close();
  });

  it('is waited for where the pooler does not reach the server', async () => {
    const pooler = await start([TRANSACTION]);
    const url = new URL(pooler.urlOf(await lentDatabase()));
    url.pathname = '/no_such_database';
    await expect(openHistory(url.href)).rejects.toThrow(HistoryUnavailable);
  });
});
