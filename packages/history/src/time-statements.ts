import type { Statement } from './database.ts';
import { NOW_MS } from './statements.ts';

/*
 * The statements that find a position in a log by time, and delete old events. "Old" events have a time before `since`,
 * "young" events from then until now. A time in the future comes from a wrong clock, and is ignored
 * (History.seqBefore).
 */

/** Rows (seq, created_ms) of the log of the channel with this id: the messages and changes selected by `which`. */
const logOf = (channelId: string, which: string) => `(
    (select seq, created_ms from events where channel_id = ${channelId} and ${which})
    union all
    (select seq, created_ms from changes where channel_id = ${channelId} and ${which})
  )`;

/**
 * $1 channel, $2 age in ms, $3 seq or null: the upper limit, $4 number of events to check before the result. Returns,
 * by binary search, an old event before a young event (`seq`; `earliest - 1` if there is none), and the first event
 * shortly before it that is young after all (`young`, or null): then times do not grow with seq there, and the wanted
 * event is before it.
 */
export const SEQ_BEFORE: Statement = {
  name: 'seq_before',
  text: `
    with recursive clock as materialized (select ${NOW_MS} as now),
    channel as materialized (
      select c.id, c.earliest - 1 as low, least(c.head, coalesce($3::int8, c.head)) as high, clock.now - $2::int8 as since, clock.now
      from channels c, clock where c.name = $1
    ),
    halves(id, low, high, since, now) as (
      select * from channel
      union all
      select h.id, case when older then known.seq else low end, case when older then high else middle - 1 end, h.since, h.now
      from halves h
      cross join lateral (select (h.low + h.high + 1) / 2 as middle) m
      left join lateral (
        select * from ${logOf('h.id', 'seq between m.middle and h.high and created_ms <= h.now order by seq limit 1')} l
        order by seq limit 1
      ) known on true
      cross join lateral (select coalesce(known.created_ms < h.since, false) as older) e
      where h.low < h.high
    )
    select low as seq, (
      select min(seq) from ${logOf('h.id', 'seq > h.low - $4::int8 and seq < h.low and created_ms between h.since and h.now')} l
    ) as young
    from halves h where low >= high`,
};

/**
 * $1 channel, $2 age in ms, $3 seq, $4 maximum number of events to examine after that seq. Returns the last old event
 * before the first young event (`old`, or null), and how far it examined: null if there is nothing more to examine.
 */
export const LEADING_RUN: Statement = {
  name: 'leading_run',
  text: `
    with clock as materialized (select ${NOW_MS} as now),
    stretch as materialized (
      select c.id, c.head, greatest($3::int8, c.earliest - 1) as base, clock.now - $2::int8 as since, clock.now
      from channels c, clock where c.name = $1
    ),
    log as materialized (
      select l.* from stretch s
      cross join lateral ${logOf('s.id', 'seq > s.base and seq <= s.base + $4::int8')} l
    ),
    young as materialized (select min(seq) as seq from log, stretch where created_ms between since and now)
    select
      (select max(l.seq) from log l where l.created_ms < s.since and (y.seq is null or l.seq < y.seq)) as old,
      case when y.seq is null and s.base + $4::int8 < s.head then s.base + $4::int8 end as upto
    from stretch s, young y`,
};

/** When the oldest event of the channel c was committed, ms. */
const OLDEST_MS = `coalesce((select created_ms from events where channel_id = c.id and seq = c.earliest),
    (select created_ms from changes where channel_id = c.id and seq = c.earliest))`;

/**
 * $1 name or empty, $2 count to keep or null, $3 age in ms or null, $4 limit: channels by name, and whether each may
 * exceed the limits. A channel whose oldest event has a time in the future has to be examined.
 */
export const OVER_BOUNDS: Statement = {
  name: 'over_bounds',
  text: `
    select c.name, case
      when c.head - c.earliest >= $2::int8 then 1::int8
      when $3::int8 is null or ${OLDEST_MS} between ${NOW_MS} - $3::int8 and ${NOW_MS} then 0::int8
      when c.head >= c.earliest then 1::int8
      else 0::int8 end as over
    from channels c where c.name > $1 order by c.name limit $4::int8`,
};

/**
 * $1 channel, $2 count to keep or null, $3 seq or null, $4 maximum number of events: deletes the oldest events, down to
 * that count and up to that seq. Returns their number, and deletes with a message everything stored about it: its later
 * texts, reactions, mentions, entry in the index. If a crash restores them they are deleted again, so the commit, which
 * blocks the channel's posts, does not wait for the disk.
 */
export const DROP_OLDEST: Statement = {
  name: 'drop_oldest',
  text: `
    with relaxed as materialized (select set_config('synchronous_commit', 'off', true)),
    channel as materialized (select id, earliest, head from relaxed, channels where name = $1 for update of channels),
    oldest as materialized (
      select id, seq from channel
      cross join lateral (select least(greatest(head - $2::int8, $3::int8), head, earliest + $4::int8 - 1) as seq) l
      where seq >= earliest
    ),
    messages as (
      delete from events e using oldest o where e.channel_id = o.id and e.seq <= o.seq returning 1
    ),
    changed as (
      delete from changes e using oldest o where e.channel_id = o.id and e.seq <= o.seq returning 1
    ),
    texts as (
      update changes e set body = '' from oldest o
      where e.channel_id = o.id and e.target <= o.seq and e.type = 'edit' and e.seq > o.seq and e.body <> ''
    ),
    found as (delete from search_entries e using oldest o where e.channel_id = o.id and e.seq <= o.seq),
    unpinned as (delete from pins e using oldest o where e.channel_id = o.id and e.target <= o.seq),
    reacted as (delete from reactions e using oldest o where e.channel_id = o.id and e.target <= o.seq),
    counted as (delete from reaction_counts e using oldest o where e.channel_id = o.id and e.target <= o.seq),
    mentioned as (delete from mentions e using oldest o where e.channel_id = o.id and e.seq <= o.seq),
    moved as (update channels c set earliest = o.seq + 1 from oldest o where c.id = o.id)
    select (select count(*) from messages) + (select count(*) from changed) as dropped`,
};
