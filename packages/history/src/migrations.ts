import type { Database } from './database.ts';
import { keepEpoch } from './epoch.ts';
import { ACCESS } from './migrations/access.ts';
import { CHANGES } from './migrations/changes.ts';
import { PINS } from './migrations/pins.ts';
import { READ_DAYS } from './migrations/read-days.ts';
import { READS } from './migrations/reads.ts';
import { SEARCH } from './migrations/search.ts';
import { TICKETS } from './migrations/tickets.ts';
import { remakeIndex } from './migrations/words.ts';

/**
 * Applied in this order, each once. Never change a released migration: add another.
 *
 * `behind` is `published < head` as a column: an index on values that every append changes would make each update of a
 * channel's row write to all its indexes. With free space in the pages, updates of a busy channel touch no index this
 * way (HOT updates).
 */
const MIGRATIONS: readonly string[] = [
  `
  create table channels (
    id bigint generated always as identity primary key,
    name text collate "C" not null unique,
    earliest bigint not null default 1,
    head bigint not null default 0,
    head_ms bigint not null default 0,
    published bigint not null default 0,
    behind boolean not null default false
  ) with (fillfactor = 50);
  create index channels_behind on channels (id) where behind;
  create table events (
    channel_id bigint not null,
    seq bigint not null,
    author_id text collate "C" not null,
    author_name text not null,
    body text not null,
    reply_to bigint,
    created_ms bigint not null,
    key text collate "C",
    primary key (channel_id, seq)
  );
  create unique index events_key on events (channel_id, author_id, key) where key is not null;
  `,
  `
  create table webhooks (
    id text collate "C" primary key,
    channel text collate "C" not null,
    url text not null,
    secret text not null,
    cursor bigint not null,
    state text not null default 'active',
    paused_because text,
    failures bigint not null default 0,
    failing_since_ms bigint,
    next_ms bigint not null default 0,
    last_error text,
    lease text collate "C",
    lease_ms bigint not null default 0,
    created_ms bigint not null
  ) with (fillfactor = 50);
  create index webhooks_channel on webhooks (channel, created_ms);
  `,
  // What is published beyond `published`: the events in between belong to another process and are not marked yet.
  `alter table channels add column published_ahead int8multirange not null default '{}'`,
  CHANGES,
  ACCESS,
  READS,
  SEARCH,
  TICKETS,
  READ_DAYS,
  PINS,
  // Compatibility forms are normalized before a text is split, and Korean particles are separated.
  remakeIndex(2),
];

/** The schema version that this code migrates to. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** An arbitrary number that no other program uses as a lock on this database. */
const LOCK = 7_412_663_201;

/**
 * Migrates the schema in one transaction under a lock: if several processes start together, one does it and the others
 * wait. Sets the store's epoch on the first run, and changes it for a copy.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (execute) => {
    // Other starting processes wait as long as it takes.
    await execute('set local statement_timeout = 0');
    await execute(`select pg_advisory_xact_lock(${LOCK})`);
    await execute('create table if not exists meta (name text primary key, value text not null)');
    await execute(`insert into meta values ('schema', '0'), ('ping', '0') on conflict do nothing`);
    await keepEpoch(execute, await database.location(execute));
    const [schema] = await execute(`select value from meta where name = 'schema'`);
    const applied = Number(schema?.value ?? 0);
    if (applied > SCHEMA_VERSION) {
      throw new Error(
        `the store has schema version ${applied}, which is newer than this version of Carillon supports (${SCHEMA_VERSION})`,
      );
    }
    for (const migration of MIGRATIONS.slice(applied)) await execute(migration);
    await execute(`update meta set value = '${SCHEMA_VERSION}' where name = 'schema'`);
  });
}
