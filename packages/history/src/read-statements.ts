import type { Statement } from './database.ts';
import { COUNTED_MESSAGES, LAST_BODY_LENGTH, MAX_UNREAD } from './reads.ts';
import { NOW_MS } from './statements.ts';

/** The statements of the read cursors. */

/** Today, by the store's clock: days since 1970. */
const TODAY = `(${NOW_MS} / 86400000)`;

/**
 * $1 person, $2 channel, $3 seq, $4 days it is kept. If a crash loses the cursor, the next message read moves it again,
 * so the commit does not wait for the disk.
 */
export const MARK_READ: Statement = {
  name: 'mark_read',
  text: `
    with relaxed as materialized (select set_config('synchronous_commit', 'off', true))
    insert into reads (person, channel_id, seq, until_day)
    select $1, c.id, $3::int8, ${TODAY} + $4::int8 from relaxed, channels c where c.name = $2 and c.head >= $3::int8
    on conflict (person, channel_id) do update set seq = excluded.seq, until_day = excluded.until_day
      where reads.seq < excluded.seq`,
};

/**
 * $1 maximum number of cursors: deletes cursors that expired without being moved. A cursor that is moved at this moment
 * is kept.
 */
export const SWEEP_READS: Statement = {
  name: 'sweep_reads',
  text: `
    with relaxed as materialized (select set_config('synchronous_commit', 'off', true)),
    old as materialized (
      select person, channel_id from relaxed, reads where until_day < ${TODAY} order by until_day limit $1::int8
      for update of reads skip locked
    ),
    dropped as (
      delete from reads r using old o where r.person = o.person and r.channel_id = o.channel_id returning 1
    )
    select count(*) as dropped from dropped`,
};

/** Of the channel c: how far the person $2 has read, at least $4, and what came after; $3 are the person's handles. */
const READER = `
    left join lateral (select seq from reads where person = $2::text and channel_id = c.id limit 1) r on true
    left join lateral (
      select count(*) as unread from (
        select 1 from (
          select author_id, deleted_ms from events
          where channel_id = c.id and seq > greatest(r.seq, $4::int8) and $2::text is not null
          order by seq desc limit ${COUNTED_MESSAGES}
        ) e where e.author_id <> $2::text and e.deleted_ms is null limit ${MAX_UNREAD}
      ) counted
    ) u on true
    left join lateral (
      select count(distinct seq) as mentions from (
        select m.seq from unnest($3::text[]) as w(handle)
        cross join lateral (
          select seq from mentions where handle = w.handle and channel_id = c.id and seq > greatest(r.seq, $4::int8)
          order by seq desc limit ${MAX_UNREAD}
        ) m
        cross join lateral (
          select 1 from events where channel_id = c.id and seq = m.seq and author_id <> $2::text limit 1
        ) e
        limit ${MAX_UNREAD}
      ) counted
    ) m on true`;

/**
 * $1 channel names, $2 person or null (then nothing is unread), $3 the person's handles, $4 seq that the person has
 * read at least
 */
export const OVERVIEW: Statement = {
  name: 'overview',
  text: `
    select c.name, c.head, greatest(r.seq, $4::int8) as read, u.unread, m.mentions, l.*
    from unnest($1::text[]) as w(name)
    cross join lateral (select id, name, head from channels where name = w.name limit 1) c
    ${READER}
    left join lateral (
      select seq, author_id, author_name,
        left(coalesce(edited, body), ${LAST_BODY_LENGTH}) as body, reply_to, created_ms, key,
        edited_ms, deleted_ms, changed
      from events where channel_id = c.id order by seq desc limit 1
    ) l on true`,
};
