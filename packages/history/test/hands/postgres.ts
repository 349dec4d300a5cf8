import pg from 'pg';
import type { Hands, Kept } from '../contract/hands.ts';
import { DAY_MS, TIMES } from './times.ts';

const CHANNEL_ID = '(select id from channels where name = $1)';

/** A store's hands on PostgreSQL. Connects when first used, and again after an outage. */
export function postgresHands(url: string): Hands {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // A connection that ends while nobody uses it is replaced when next needed.
  pool.on('error', () => {});
  const run = async (sql: string, values: readonly (string | number | null)[] = []) =>
    (await pool.query<Record<string, unknown>>(sql, [...values])).rows;

  return {
    async age(channel, seq, ms) {
      for (const table of ['events', 'changes']) {
        const aged = `update ${table} set created_ms = created_ms - $3::int8
          where channel_id = ${CHANNEL_ID} and seq <= $2::int8`;
        await run(aged, [channel, seq, ms]);
      }
      const head = 'update channels set head_ms = head_ms - $3::int8 where name = $1 and head <= $2::int8';
      await run(head, [channel, seq, ms]);
    },

    async date(channel, ago) {
      for (const table of ['events', 'changes']) {
        const dated = `update ${table} e set created_ms = $2::int8 - w.ago
          from unnest($3::int8[]) with ordinality as w(ago, seq) where e.channel_id = ${CHANNEL_ID} and e.seq = w.seq`;
        await run(dated, [channel, Date.now(), `{${ago.join()}}`]);
      }
    },

    async dateHead(channel, ago) {
      await run('update channels set head_ms = $2::int8 where name = $1', [channel, Date.now() - ago]);
    },

    async pass(ms) {
      for (const [table, columns] of Object.entries(TIMES)) {
        const set = columns.map((column) => `${column} = ${column} - $1::int8`);
        await run(`update ${table} set ${set.join()}`, [ms]);
      }
      // These are kept by the day.
      await run('update reads set until_day = until_day - $1::int8', [Math.round(ms / DAY_MS)]);
    },

    async repeatEdit(channel, times) {
      const edits = `insert into changes (channel_id, seq, type, author_id, author_name, created_ms, target, body)
        select channel_id, seq + n, type, author_id, author_name, created_ms, target, body || n
        from changes join channels on id = channel_id and seq = head, generate_series(1, $2::int8) n where name = $1`;
      await run(edits, [channel, times]);
      await run('update channels set head = head + $2::int8 where name = $1', [channel, times]);
    },

    async addBans(count, ms, channel = '') {
      const bans = `insert into sanctions (person_id, channel, kind, until_ms, reason, rank, by_id, by_name, created_ms)
        select gen_random_uuid()::text, $2, 'ban', (extract(epoch from clock_timestamp()) * 1000)::int8 + $3::int8,
          '', 1, 'ada', 'Ada', 0
        from generate_series(1, $1::int8)`;
      await run(bans, [count, channel, ms]);
    },

    async addAccessChanges(count) {
      const changes = `with bumped as (
          update meta set value = (value::int8 + $1::int8)::text where name = 'access' returning value::int8 as version
        )
        insert into access_changes (version, channel)
        select version - n, 'changed-' || (version - n) from bumped, generate_series(0, $1::int8 - 1) n`;
      await run(changes, [count]);
    },

    async forgetAccessChanges(version) {
      await run('delete from access_changes where version < $1::int8', [version]);
    },

    async kept(channel) {
      const count = (table: string) => `(select count(*)::int from ${table} where channel_id = c.id)`;
      const [row] = await run(
        `select ${count('reactions')} + ${count('reaction_counts')} as reactions,
          ${count('search_entries')} as entries,
          coalesce((
            select json_agg(json_build_object('seq', seq, 'handle', handle) order by seq, handle)
            from mentions where channel_id = c.id
          ), '[]') as mentions
        from channels c where c.name = $1`,
        [channel],
      );
      if (row === undefined) throw new Error(`there is no channel ${channel}`);
      return row as unknown as Kept;
    },

    async holds(text) {
      const tables = await run(`select tablename::text as name from pg_tables where schemaname = 'public'`);
      for (const { name } of tables) {
        const found = await run(`select 1 from ${name} t where position($1 in t::text) > 0 limit 1`, [text]);
        if (found.length > 0) return true;
      }
      return false;
    },

    async refuse(what, work) {
      const [table, allowed] =
        'body' in what
          ? ['events', `body <> ${pg.escapeLiteral(what.body)}`]
          : ['audit', `channel <> ${pg.escapeLiteral(what.audited)}`];
      await run(`alter table ${table} add constraint refused check (${allowed}) not valid`);
      try {
        await work();
      } finally {
        await run(`alter table ${table} drop constraint refused`);
      }
    },

    async lastPing() {
      const [row] = await run(`select value from meta where name = 'ping'`);
      return Number(row?.value);
    },

    async setSchema(version) {
      await run(`update meta set value = $1 where name = 'schema'`, [String(version)]);
    },

    close: () => pool.end(),
  };
}
