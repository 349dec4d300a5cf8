import type { Statement } from './database.ts';

/** Every statement of the store, the same for PostgreSQL and PGlite. Times are the store's clock in milliseconds. */

const NOW_MS = '(extract(epoch from clock_timestamp()) * 1000)::int8';
const EVENT = 'e.seq, e.author_id, e.author_name, e.body, e.reply_to, e.created_ms, e.key';

/**
 * Commits a batch in one round trip: locks the channels' rows in the order of their names (two batches that share
 * channels would deadlock else), moves their heads, and inserts the events behind the old ones. Where a channel is
 * missing it does nothing and returns no row.
 * $1 names, $2 counts; then for each event: $3 its channel as a place in $1, $4 its number in the batch's channel,
 * $5 author id, $6 author name, $7 body, $8 reply_to, $9 key. Gives for each channel its place, the head before, the time.
 */
export const APPEND: Statement = {
  name: 'append',
  text: `
    with wanted as (select * from unnest($1::text[], $2::int8[]) with ordinality as w(name, n, place)),
    clock as materialized (select ${NOW_MS} as ms),
    locked as materialized (
      select c.id, w.n, w.place from wanted w join channels c on c.name = w.name
      order by c.name for update of c
    ),
    moved as (
      update channels c set head = c.head + l.n, head_ms = clock.ms from locked l, clock
      where c.id = l.id and (select count(*) from locked) = cardinality($1::text[])
      returning c.id, l.place, c.head - l.n as base
    ),
    inserted as (
      insert into events (channel_id, seq, author_id, author_name, body, reply_to, key, created_ms)
      select m.id, m.base + r.number, r.author_id, r.author_name, r.body, r.reply_to, r.key, clock.ms
      from unnest($3::int8[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::text[])
        as r(place, number, author_id, author_name, body, reply_to, key)
      join moved m on m.place = r.place cross join clock
    )
    select m.place, m.base, clock.ms from moved m cross join clock`,
};

/** $1 names: makes those that are missing, in one order. */
export const CREATE_CHANNELS: Statement = {
  name: 'create_channels',
  text: `insert into channels (name) select name from unnest($1::text[]) as w(name) order by name on conflict do nothing`,
};

/**
 * Which of these keys were used: $1 channel, $2 author, $3 key. The lateral join with its limit keeps the plan an index
 * look-up for each; a plain join becomes a scan once the plan is cached.
 */
export const FIND_KEYS: Statement = {
  name: 'find_keys',
  text: `
    select k.place, e.*
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as k(channel, author, key, place)
    cross join lateral (
      select ${EVENT} from events e
      where e.channel_id = (select id from channels c where c.name = k.channel)
        and e.author_id = k.author and e.key = k.key limit 1
    ) e`,
};

/** $1 channel, $2 seq */
export const GET: Statement = {
  name: 'get',
  text: `select ${EVENT} from events e where e.channel_id = (select id from channels where name = $1) and e.seq = $2::int8`,
};

/** $1 channel, $2 seq, $3 limit, $4 bytes: at least one event, and no more bodies than about $4 bytes. */
export const AFTER: Statement = {
  name: 'after',
  text: `
    select ${EVENT} from (
      select e.*, sum(octet_length(e.body)) over (order by e.seq) - octet_length(e.body) as bytes_before from (
        select * from events where channel_id = (select id from channels where name = $1) and seq > $2::int8
        order by seq limit $3::int8
      ) e
    ) e where bytes_before < $4::int8 order by e.seq`,
};

/** $1 channel, $2 seq or null, $3 limit: newest first. */
export const BEFORE: Statement = {
  name: 'before',
  text: `
    select ${EVENT} from events e where e.channel_id = (select id from channels where name = $1)
      and e.seq < coalesce($2::int8, 9223372036854775807) order by e.seq desc limit $3::int8`,
};

/** $1 names */
export const EXTENTS: Statement = {
  name: 'extents',
  text: `select c.name, c.earliest, c.head from unnest($1::text[]) as w(name) join channels c on c.name = w.name`,
};

/** $1 channel, $2 age in ms: the last seq that is older. Time does not run backwards along a log but by a clock's adjustment. */
export const SEQ_BEFORE: Statement = {
  name: 'seq_before',
  text: `
    select coalesce(
      (select e.seq - 1 from events e where e.channel_id = c.id and e.created_ms >= ${NOW_MS} - $2::int8 order by e.seq limit 1),
      c.head) as seq
    from channels c where c.name = $1`,
};

/** $1 name or empty, $2 limit */
export const CHANNELS: Statement = {
  name: 'channels',
  text: `
    select name, earliest, head, head_ms from channels where name > $1 and head > 0 order by name limit $2::int8`,
};

/** $1 age in ms, $2 limit */
export const UNPUBLISHED: Statement = {
  name: 'unpublished',
  text: `
    select name, published, head from channels
    where published < head and head_ms <= ${NOW_MS} - $1::int8 order by head_ms limit $2::int8`,
};

/** $1 names, $2 seqs; in the same order of locks as APPEND. */
export const MARK_PUBLISHED: Statement = {
  name: 'mark_published',
  text: `
    with locked as materialized (
      select c.id, w.seq from unnest($1::text[], $2::int8[]) as w(name, seq) join channels c on c.name = w.name
      where c.published < w.seq order by c.name for update of c
    )
    update channels c set published = greatest(c.published, least(l.seq, c.head)) from locked l where c.id = l.id`,
};

/** $1 count to keep or null, $2 age in ms or null, $3 limit: channels that hold more than they may. */
export const OVER_BOUNDS: Statement = {
  name: 'over_bounds',
  text: `
    select c.name from channels c where c.earliest <= c.head and (
      c.head - c.earliest >= $1::int8
      or exists (select 1 from events e where e.channel_id = c.id and e.seq = c.earliest and e.created_ms < ${NOW_MS} - $2::int8)
    ) limit $3::int8`,
};

/** $1 channel, $2 count to keep or null, $3 age in ms or null, $4 events at most. Gives how many it dropped. */
export const DROP_OLDEST: Statement = {
  name: 'drop_oldest',
  text: `
    with channel as materialized (select id, earliest, head from channels where name = $1 for update),
    oldest as (
      select e.seq from channel c cross join lateral (
        select seq, created_ms from events where channel_id = c.id and seq >= c.earliest order by seq limit $4::int8
      ) e where e.seq <= c.head - $2::int8 or e.created_ms < ${NOW_MS} - $3::int8
    ),
    dropped as (
      delete from events e using channel c where e.channel_id = c.id and e.seq <= (select max(seq) from oldest) returning 1
    ),
    moved as (
      update channels set earliest = (select max(seq) + 1 from oldest)
      where name = $1 and exists (select 1 from oldest)
    )
    select count(*) as dropped from dropped`,
};

export const PING: Statement = {
  name: 'ping',
  text: `update meta set value = ${NOW_MS}::text where name = 'ping' returning value`,
};

export const EPOCH: Statement = { name: 'epoch', text: `select value from meta where name = 'epoch'` };
