import type { Statement } from './database.ts';
import { TIMES_MODULUS } from './history.ts';

/** The statements of the log. Times are the store's clock in milliseconds. */

export const NOW_MS = '(extract(epoch from clock_timestamp()) * 1000)::int8';
const BY = `e.seq, e.author_id, e.author_name, e.created_ms`;

/** A row of `events` as the message in its current state. */
export const MESSAGE = `${BY}, coalesce(e.edited, e.body) as body, e.reply_to, e.key, e.edited_ms, e.deleted_ms, e.changed`;

/**
 * Rows of `events` and `changes` with the same columns. Fields that messages rarely have and changes always have are
 * one JSON column: a replay reads thousands of rows, and each column of each row costs.
 */
const MESSAGE_IN_LOG = `${BY}, coalesce(e.edited, e.body) as body, e.reply_to, e.key, case when e.changed is not null then
  json_build_object('edited_ms', e.edited_ms, 'deleted_ms', e.deleted_ms, 'changed', e.changed)::text end as state`;

/**
 * Of the change e: an edit includes its text while it is the message's last edit. Earlier texts are only returned by
 * `revisions`.
 */
const TEXT_OF_CHANGE = `case when e.type = 'edit' then coalesce((
    select e.body from events m where m.channel_id = e.channel_id and m.seq = e.target and m.changed = e.seq
  ), '') else '' end`;
const CHANGE_IN_LOG = `${BY}, ${TEXT_OF_CHANGE} as body, null::int8 as reply_to, null::text as key,
  json_build_object('type', e.type, 'target', e.target, 'detail', e.detail::json)::text as state`;

/**
 * Identifies this store's data, as far as a server can: the epoch, the table that holds it, the server. Null without an
 * epoch.
 */
const STORE = `(select value || '.' || tableoid || '.' || (select system_identifier from pg_control_system())
  from meta where name = 'epoch')`;

/** Of the channel $1. */
export const CHANNEL_ID = '(select id from channels where name = $1)';

/**
 * Locks the rows of the channels w(name, …) one after the other, in the given order. The condition is always true. It
 * makes PostgreSQL expect one row, so that joins look each row up, and never scan all channels or all pairs.
 */
const LOCK_EACH = `cross join lateral (select id from channels where name = w.name for update) c
      where w.ordinal > 0 and w.ordinal < 1e9::int8`;

/**
 * Commits a batch in one round trip: locks the channels' rows in the given order, advances their heads, and inserts the
 * events after the old heads. If a channel is missing it does nothing and returns no row. Times never decrease along a
 * log, whatever the clock does. $1 names, sorted (two batches that share channels could deadlock otherwise), $2 counts;
 * then for each event: $3 its channel as an index into $1, $4 its number in the batch's channel, $5 author id, $6
 * author name, $7 body, $8 reply_to, $9 key. Returns for each channel its index, the previous head, and the time.
 */
const append = (more = '') => `
    with locked as materialized (
      select c.id, w.n, w.ordinal
      from unnest($1::text[], $2::int8[]) with ordinality as w(name, n, ordinal)
      ${LOCK_EACH}
    ),
    clock as materialized (select ${NOW_MS} as ms, (select count(*) from locked) = cardinality($1::text[]) as whole),
    moved as (
      update channels c set head = c.head + l.n, head_ms = greatest(c.head_ms, clock.ms), behind = true, unindexed = true
      from locked l, clock
      where c.id = l.id and clock.whole
      returning c.id, l.ordinal, c.head - l.n as base, c.head_ms as ms
    ),
    by_ordinal as (
      select array_agg(id order by ordinal) as ids, array_agg(base order by ordinal) as bases, array_agg(ms order by ordinal) as times from moved
    ),
    inserted as (
      insert into events (channel_id, seq, author_id, author_name, body, reply_to, key, created_ms)
      select m.ids[r.ordinal], m.bases[r.ordinal] + r.number, r.author_id, r.author_name, r.body, r.reply_to, r.key, m.times[r.ordinal]
      from unnest($3::int8[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::text[])
        as r(ordinal, number, author_id, author_name, body, reply_to, key), by_ordinal m
      where m.ids is not null
    )${more}
    select ordinal, base, ms from moved`;

export const APPEND: Statement = { name: 'append', text: append() };

/** As APPEND, for a batch with mentions: for each mention, $10 and $11 as $3 and $4 of its event, $12 the handle. */
export const APPEND_WITH_MENTIONS: Statement = {
  name: 'append_with_mentions',
  text: append(`,
    mentioned as (
      insert into mentions (channel_id, seq, handle)
      select m.ids[r.ordinal], m.bases[r.ordinal] + r.number, r.handle
      from unnest($10::int8[], $11::int8[], $12::text[]) as r(ordinal, number, handle), by_ordinal m
      where m.ids is not null
    )`),
};

/** $1 names: creates the missing channels, in a fixed order. */
export const CREATE_CHANNELS: Statement = {
  name: 'create_channels',
  text: `insert into channels (name) select name from unnest($1::text[]) as w(name) order by name on conflict do nothing`,
};

/**
 * Which of these keys were used: $1 channel, $2 author, $3 key. The lateral join with its limit keeps the plan an index
 * lookup for each key; a plain join becomes a scan once the plan is cached.
 */
export const FIND_KEYS: Statement = {
  name: 'find_keys',
  text: `
    select k.ordinal, e.*
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as k(channel, author, key, ordinal)
    cross join lateral (
      select ${MESSAGE}, e.body as original from events e
      where e.channel_id = (select id from channels c where c.name = k.channel)
        and e.author_id = k.author and e.key = k.key limit 1
    ) e`,
};

/** $1 channel, $2 seq */
export const GET: Statement = {
  name: 'get',
  text: `
    select ${MESSAGE_IN_LOG} from events e where e.channel_id = ${CHANNEL_ID} and e.seq = $2::int8
    union all
    select ${CHANGE_IN_LOG} from changes e where e.channel_id = ${CHANNEL_ID} and e.seq = $2::int8`,
};

/**
 * $1 channel, $2 seq, $3 limit, $4 bytes: at least one event, and at most about $4 bytes of bodies. The number of
 * events is computed from the lengths alone: a text that is not returned is not read.
 */
export const AFTER: Statement = {
  name: 'after',
  text: `
    with channel as materialized (select id from channels where name = $1),
    upto as materialized (
      select max(seq) as seq from (
        select seq, sum(bytes) over (order by seq) - bytes as bytes_before from (
          (select e.seq, octet_length(coalesce(e.edited, e.body)) + 1 as bytes from events e
            where e.channel_id = (select id from channel) and e.seq > $2::int8 order by e.seq limit $3::int8)
          union all
          (select e.seq, octet_length(${TEXT_OF_CHANGE}) + 1 from changes e
            where e.channel_id = (select id from channel) and e.seq > $2::int8 order by e.seq limit $3::int8)
          order by seq limit $3::int8
        ) l
      ) l where bytes_before < $4::int8
    )
    select * from (
      select ${MESSAGE_IN_LOG} from events e
      where e.channel_id = (select id from channel) and e.seq > $2::int8 and e.seq <= (select seq from upto)
      union all
      select ${CHANGE_IN_LOG} from changes e
      where e.channel_id = (select id from channel) and e.seq > $2::int8 and e.seq <= (select seq from upto)
    ) l order by seq`,
};

/** The times of the range w of the channel c, in one table, for History.extents. */
const timesIn = (table: string) => `
      select sum(created_ms % ${TIMES_MODULUS}) as ms from ${table} where channel_id = c.id and seq between w.first and w.last`;

/**
 * $1 names, $2 and $3 the ends of each range; no range if the last is before the first. One more row identifies the
 * store.
 */
export const EXTENTS: Statement = {
  name: 'extents',
  text: `
    select c.name, c.earliest, c.head, null as store, case when w.first <= w.last then (
      select coalesce(sum(t.ms), 0)::int8 from (${timesIn('events')} union all ${timesIn('changes')}) t
    ) end as times
    from unnest($1::text[], $2::int8[], $3::int8[]) as w(name, first, last)
    cross join lateral (select id, name, earliest, head from channels where name = w.name limit 1) c
    union all select null, null, null, ${STORE}, null`,
};

/** $1 name or empty, $2 limit, $3 $4 $5 the read scope (scope-parameters.ts) */
export const CHANNELS: Statement = {
  name: 'channels',
  text: `
    select c.name, c.earliest, c.head, c.head_ms, coalesce(s.visibility, 'public') as visibility,
      coalesce(s.topic, '') as topic, s.archived_ms
    from channels c
    left join lateral (select * from channel_settings where channel_id = c.id limit 1) s on true
    where c.name > $1 and c.head > 0 and ($3::text[] is null or c.name like any ($3::text[]))
      and (s.visibility is distinct from 'private' or c.name like any ($5::text[]) or exists (
        select 1 from channel_members m where m.channel_id = c.id and m.person_id = $4::text
      ))
    order by c.name limit $2::int8`,
};

/**
 * $1 age in ms, $2 limit: those longest behind first. One more row identifies the store. A head with a time in the
 * future counts as old: otherwise what a process left behind would wait until that time.
 */
export const UNPUBLISHED: Statement = {
  name: 'unpublished',
  text: `
    (select name, published, head, null as store from channels
      where behind and (head_ms <= ${NOW_MS} - $1::int8 or head_ms > ${NOW_MS}) order by head_ms limit $2::int8)
    union all select null, null, null, ${STORE}`,
};

/** Of the channel c: what is known to be published, including the ranges of `l`. */
const KNOWN_PUBLISHED = `
  (int8multirange(int8range(0, c.published, '[]')) + c.published_ahead + l.added::int8multirange)
    * int8multirange(int8range(0, c.head, '[]'))`;

/** The end of a multirange's first gapless range, which begins at 0. */
const withoutHole = (known: string) =>
  `coalesce(lower(int8multirange(range_merge(${known})) - ${known}), upper(${known})) - 1`;

/**
 * $1 names, sorted as for APPEND, $2 for each the ranges of seqs as a multirange, $3 the store that they belong to: in
 * another store these seqs are other events, and nothing is marked. If a crash loses a mark it is made again, so the
 * commit does not wait for the disk.
 */
export const MARK_PUBLISHED: Statement = {
  name: 'mark_published',
  text: `
    with relaxed as materialized (select set_config('synchronous_commit', 'off', true)),
    locked as materialized (
      select c.id, w.added from relaxed, unnest($1::text[], $2::text[]) with ordinality as w(name, added, ordinal)
      ${LOCK_EACH}
    )
    update channels c set
      published = ${withoutHole(KNOWN_PUBLISHED)},
      published_ahead = ${KNOWN_PUBLISHED} - int8multirange(int8range(0, ${withoutHole(KNOWN_PUBLISHED)}, '[]')),
      behind = c.head > ${withoutHole(KNOWN_PUBLISHED)}
    from locked l where c.id = l.id and ${STORE} = $3`,
};

export const PING: Statement = {
  name: 'ping',
  text: `update meta set value = ${NOW_MS}::text where name = 'ping' returning value`,
};

export const SCHEMA: Statement = { name: 'schema', text: `select value from meta where name = 'schema'` };

export const EPOCH: Statement = {
  name: 'epoch',
  text: `select value, ${STORE} as store from meta where name = 'epoch'`,
};
