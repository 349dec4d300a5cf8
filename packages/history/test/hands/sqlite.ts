import { DatabaseSync } from 'node:sqlite';
import { fileOf } from '../../src/sqlite/open.ts';
import type { Hands } from '../contract/hands.ts';
import { DAY_MS, TIMES } from './times.ts';

/** Longer than any commit of the store takes, ms. */
const BUSY_MS = 30_000;

/** A store's hands on SQLite: one more connection to its file. */
export function sqliteHands(url: string): Hands {
  const database = new DatabaseSync(fileOf(url), { timeout: BUSY_MS });
  const run = (sql: string, ...values: (string | number)[]) => database.prepare(sql).all(...values);
  const together = (work: () => void) => {
    database.exec('begin immediate');
    work();
    database.exec('commit');
  };
  const channelOf = (channel: string) => {
    const [row] = run('select id, head from channels where name = ?', channel);
    if (row === undefined) throw new Error(`there is no channel ${channel}`);
    return { id: Number(row.id), head: Number(row.head) };
  };

  return {
    async age(channel, seq, ms) {
      const { id } = channelOf(channel);
      for (const table of ['events', 'changes']) {
        run(
          `update ${table} set created_ms = created_ms - ? where place >> 32 = ? and (place & 4294967295) <= ?`,
          ...[ms, id, seq],
        );
      }
      run('update channels set head_ms = head_ms - ? where id = ? and head <= ?', ms, id, seq);
    },

    async date(channel, ago) {
      const { id } = channelOf(channel);
      const now = Date.now();
      together(() => {
        for (const [index, ms] of ago.entries()) {
          for (const table of ['events', 'changes']) {
            run(`update ${table} set created_ms = ? where place = (? << 32) + ?`, now - ms, id, index + 1);
          }
        }
      });
    },

    async dateHead(channel, ago) {
      run('update channels set head_ms = ? where name = ?', Date.now() - ago, channel);
    },

    async pass(ms) {
      for (const [table, columns] of Object.entries(TIMES)) {
        run(`update ${table} set ${columns.map((column) => `${column} = ${column} - ${ms}`).join()}`);
      }
      // These are kept by the day.
      run('update reads set until_day = until_day - ?', Math.round(ms / DAY_MS));
    },

    async repeatEdit(channel, times) {
      const { id, head } = channelOf(channel);
      together(() => {
        for (let n = 1; n <= times; n++) {
          run(
            `insert into changes (place, type, author_id, author_name, created_ms, target, body)
             select place + ?1, type, author_id, author_name, created_ms, target, body || ?1 from changes
             where place = (?2 << 32) + ?3`,
            ...[n, id, head],
          );
        }
        run('update channels set head = head + ? where id = ?', times, id);
      });
    },

    async addBans(count, ms, channel = '') {
      together(() => {
        for (let n = 0; n < count; n++) {
          run(
            `insert into sanctions (person_id, channel, kind, until_ms, reason, rank, by_id, by_name, created_ms)
             values (?, ?, 'ban', ?, '', 1, 'ada', 'Ada', 0)`,
            ...[crypto.randomUUID(), channel, Date.now() + ms],
          );
        }
      });
    },

    async addAccessChanges(count) {
      together(() => {
        for (let n = 0; n < count; n++) {
          run(`update meta set value = value + 1 where name = 'access'`);
          run(`insert into access_changes (version, channel)
               select value, 'changed-' || value from meta where name = 'access'`);
        }
      });
    },

    async forgetAccessChanges(version) {
      run('delete from access_changes where version < ?', version);
    },

    async kept(channel) {
      const { id } = channelOf(channel);
      const count = (table: string, column: string) =>
        Number(run(`select count(*) as n from ${table} where ${column} >> 32 = ?`, id)[0]?.n);
      const mentions = run(
        `select (place & 4294967295) as seq, handle from mentions where place >> 32 = ? order by 1, 2`,
        id,
      );
      return {
        mentions: mentions.map(({ seq, handle }) => ({ seq: Number(seq), handle: String(handle) })),
        reactions: count('reactions', 'target') + count('reaction_counts', 'target'),
        entries: count('search_entries', 'place'),
      };
    },

    async holds(text) {
      const tables = run(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`);
      return tables.some(({ name }) => {
        const columns = run(`select name from pragma_table_info(?)`, String(name));
        return columns.some(
          (column) => run(`select 1 from ${name} where instr("${column.name}", ?) > 0`, text).length > 0,
        );
      });
    },

    async refuse(what, work) {
      const [table, refused] =
        'body' in what
          ? ['events', `new.body = ${quoted(what.body)}`]
          : ['audit', `new.channel = ${quoted(what.audited)}`];
      run(
        `create trigger refused before insert on ${table} when ${refused} begin select raise(abort, 'refused'); end`,
      );
      try {
        await work();
      } finally {
        run('drop trigger refused');
      }
    },

    async lastPing() {
      return Number(run(`select value from meta where name = 'ping'`)[0]?.value);
    },

    async setSchema(version) {
      run(`pragma user_version = ${version}`);
    },

    async close() {
      database.close();
    },
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
