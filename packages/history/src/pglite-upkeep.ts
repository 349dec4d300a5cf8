import type { Database, Statement } from './database.ts';

/** How often it is looked at what there is to do, ms. */
const TURN_MS = 1_000;

/** Fewer statements than this in one turn are what a resting node asks: the relay's and the feed's polls, checks, these here. */
const QUIET_STATEMENTS = 15;

/** In a busy time this many times as much gathers, for what follows holds the whole process up while it runs. */
const BUSY_PATIENCE = 8;

/** Log since the last checkpoint, bytes: after a crash a second's work at most, of disk space 128 MiB at the busiest. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;

/** Rows to look at for the first time: some 250 pages, a few milliseconds. */
const NEW_ROWS = 10_000;

/** Rows to take away, besides a fifth of the table: each time the table's indexes are read whole. */
const DEAD_ROWS = 1_000;
const DEAD_SHARE = 0.2;

/** Transactions that a table may be behind. At 2,000 million PostgreSQL refuses to go on. */
const FREEZE_AGE = 100_000_000;

const LOG_BYTES: Statement = {
  name: 'log_bytes',
  text: 'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::int8 as bytes from pg_control_checkpoint()',
};

const CHECKPOINT: Statement = { name: 'checkpoint', text: 'checkpoint' };

/** $1 new rows, $2 dead rows */
const WANT_VACUUM: Statement = {
  name: 'want_vacuum',
  text: `
    select oid::regclass::text as name from pg_class where relkind in ('r', 't') and relpersistence = 'p' and (
      pg_stat_get_ins_since_vacuum(oid) > $1::int8
      or pg_stat_get_dead_tuples(oid) > $2::int8 + ${DEAD_SHARE} * greatest(reltuples, 0)
      or age(relfrozenxid) > ${FREEZE_AGE}
    ) order by relpages`,
};

/**
 * Does for an embedded database what a server's background processes do, as long as it is open: checkpoints, without
 * which the log on disk grows for ever and is replayed whole after a crash, and vacuum, without which the room of deleted
 * rows is lost and the transactions' numbers run out after 2,000 million commits. Each time a little, when the process has
 * little else to do, which the number of statements `asked` so far tells. Gives the way to stop it.
 */
export function startUpkeep(run: Database['run'], asked: () => number): () => void {
  let before = asked();
  const turn = async () => {
    const statements = asked() - before;
    before += statements;
    const patience = statements < QUIET_STATEMENTS ? 1 : BUSY_PATIENCE;
    for (const { name } of await run(WANT_VACUUM, [NEW_ROWS * patience, DEAD_ROWS * patience])) {
      // Frozen at the first look, a page is never looked at again until its rows go.
      const text = `vacuum (freeze) ${name}`;
      await run({ name: text, text }, []);
    }
    const [log] = await run(LOG_BYTES, []);
    if (Number(log?.bytes) > CHECKPOINT_BYTES * patience) await run(CHECKPOINT, []);
  };

  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    turn()
      // Closed meanwhile; or the disk is full, which the next append says to who can hear it.
      .catch(() => {})
      .finally(() => {
        running = false;
      });
  }, TURN_MS);
  timer.unref();
  return () => clearInterval(timer);
}
