import { ACCESS_VERSIONS, newEpoch } from '../epoch.ts';
import { UnfitStore } from '../history-errors.ts';
import type { Connection } from './connection.ts';

/**
 * Rebuilds the index in the background, because words are split in another way: each channel is read from its beginning
 * again.
 */
export const REMAKE_INDEX = 'update channels set indexed = 0';

/**
 * The tables, in migrations that are applied in this order, each once. Never change a released migration: add another.
 *
 * Events and changes are stored by channel and seq, in one number: `channel id * 2^32 + seq`. A channel is one range of
 * its tree, so missed events are read sequentially, and there is no second index to write. The texts of `search` are
 * words that are already split (search-words.ts).
 */
const MIGRATIONS: readonly string[] = [
  `
  create table meta (name text primary key, value text not null) without rowid;
  insert into meta values ('ping', '0'), ('access', '0');
  create table channels (
    id integer primary key autoincrement,
    name text not null unique,
    earliest integer not null default 1,
    head integer not null default 0,
    head_ms integer not null default 0,
    published integer not null default 0,
    indexed integer not null default 0
  );
  create table events (
    place integer primary key,
    author_id text not null,
    author_name text not null,
    body text not null,
    reply_to integer,
    created_ms integer not null,
    key text,
    edited text,
    edited_ms integer,
    deleted_ms integer,
    changed integer
  );
  create unique index events_key on events (key, author_id, place >> 32) where key is not null;
  create table changes (
    place integer primary key,
    type text not null,
    author_id text not null,
    author_name text not null,
    created_ms integer not null,
    target integer,
    body text,
    detail text
  );
  create index changes_edits on changes (place >> 32, target, place) where type = 'edit';
  create table reactions (
    target integer not null,
    emoji text not null,
    author_id text not null,
    author_name text not null,
    seq integer not null,
    primary key (target, emoji, author_id)
  ) without rowid;
  create index reactions_in_order on reactions (target, emoji, seq);
  create table reaction_counts (
    target integer not null,
    emoji text not null,
    count integer not null,
    since integer not null,
    primary key (target, emoji)
  ) without rowid;
  create table mentions (place integer not null, handle text not null, primary key (place, handle)) without rowid;
  create index mentions_handle on mentions (handle, place);
  create table reads (
    person text not null,
    channel_id integer not null,
    seq integer not null,
    until_day integer not null,
    primary key (person, channel_id)
  ) without rowid;
  create index reads_until on reads (until_day);
  create table webhooks (
    id text primary key,
    channel text not null,
    url text not null,
    secret text not null,
    cursor integer not null,
    state text not null default 'active',
    paused_because text,
    failures integer not null default 0,
    failing_since_ms integer,
    next_ms integer not null default 0,
    last_error text,
    lease text,
    lease_ms integer not null default 0,
    created_ms integer not null
  );
  create index webhooks_channel on webhooks (channel, created_ms);
  create table channel_settings (
    channel_id integer primary key,
    visibility text not null,
    topic text not null,
    archived_ms integer,
    created_by_id text,
    created_by_name text,
    created_ms integer
  );
  create table channel_members (
    channel_id integer not null,
    person_id text not null,
    person_name text not null,
    role text not null,
    since_ms integer not null,
    primary key (channel_id, person_id)
  ) without rowid;
  create table sanctions (
    person_id text not null,
    channel text not null,
    kind text not null,
    until_ms integer not null,
    reason text not null,
    rank integer not null,
    by_id text not null,
    by_name text not null,
    created_ms integer not null,
    primary key (person_id, channel, kind)
  );
  create index sanctions_channel on sanctions (channel, kind, person_id);
  create index sanctions_until on sanctions (until_ms);
  create table revocations (
    person_id text not null,
    session text not null,
    before_ms integer not null,
    until_ms integer not null,
    primary key (person_id, session)
  );
  create index revocations_until on revocations (until_ms);
  create table audit (
    id integer primary key autoincrement,
    at_ms integer not null,
    by_id text not null,
    by_name text not null,
    act text not null,
    channel text,
    person_id text,
    details text not null
  );
  create index audit_channel on audit (channel, id) where channel is not null;
  create index audit_at on audit (at_ms);
  create table access_changes (version integer primary key, channel text, person_id text);
  create table tickets (
    hash text primary key,
    person text not null,
    identity text not null,
    until_ms integer not null
  ) without rowid;
  create index tickets_person on tickets (person, until_ms);
  create index tickets_until on tickets (until_ms);
  create table search_entries (
    time_place integer primary key,
    place integer not null unique,
    author_id text not null,
    created_ms integer not null
  );
  create virtual table search using fts5 (words, channel, tokenize = 'ascii');
  `,
  // The pinned messages: `target` is the message's key, `seq` that of its pin in the channel.
  `
  create table pins (
    target integer primary key,
    seq integer not null,
    author_id text not null,
    author_name text not null,
    created_ms integer not null
  );
  `,
  // Compatibility forms are normalized before a text is split, and Korean particles are separated.
  REMAKE_INDEX,
];

/** The schema version that this code migrates to. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Marks a file as Carillon's: "Crln". */
const APPLICATION_ID = 0x43726c6e;

/**
 * Migrates the tables, and sets the store's epoch. The epoch changes if the store's location has changed since it was
 * last opened: then it is a copy, and its commits reuse seqs that the original gave to other events.
 *
 * @param location identifies the file's location: the same at each start, another for a copy.
 * @throws UnfitStore if it belongs to another program, or to a newer Carillon.
 */
export function migrate(connection: Connection, location: string): { epoch: string } {
  return connection.transaction(() => {
    expectOurs(connection);
    for (const migration of MIGRATIONS.slice(schemaVersion(connection))) connection.execute(migration);
    connection.execute(`pragma application_id = ${APPLICATION_ID}`);
    connection.execute(`pragma user_version = ${SCHEMA_VERSION}`);
    return { epoch: keepEpoch(connection, location) };
  });
}

/**
 * Checks whether this code can use the database, and changes nothing.
 *
 * @throws UnfitStore if it belongs to another program, or to a newer Carillon.
 */
export function expectOurs(connection: Connection): void {
  const application = Number(connection.get('pragma application_id')?.application_id);
  const tables = Number(connection.get('select count(*) as n from sqlite_schema')?.n);
  if (application !== APPLICATION_ID && tables > 0) throw new UnfitStore('it belongs to another program');
  const applied = schemaVersion(connection);
  if (applied > SCHEMA_VERSION) {
    throw new UnfitStore(
      `the store has schema version ${applied}, which is newer than this version of Carillon supports (${SCHEMA_VERSION})`,
    );
  }
}

/** The schema version of the store. */
export function schemaVersion(connection: Connection): number {
  return Number(connection.get('pragma user_version')?.user_version);
}

const PUT = 'insert into meta values (?, ?) on conflict (name) do update set value = excluded.value';

function keepEpoch(connection: Connection, location: string): string {
  const metaValue = (name: string) => connection.get('select value from meta where name = ?', name)?.value;
  const known = metaValue('epoch');
  if (known !== undefined && metaValue('place') === location) return String(known);
  const epoch = newEpoch();
  connection.run(PUT, 'epoch', epoch);
  connection.run(PUT, 'place', location);
  connection.run(`update meta set value = value + ${ACCESS_VERSIONS} where name = 'access'`);
  return epoch;
}
