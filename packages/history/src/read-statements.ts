import type { Statement } from './database.ts';
import { LAST_BODY_LENGTH, MAX_UNREAD } from './reads.ts';

/** The statements of the read cursors, the same for PostgreSQL and PGlite. */

/** Events looked at to count what is unread: the newest. A thousand messages with a thousand changes among them. */
const COUNTED_EVENTS = 2 * MAX_UNREAD;

/**
 * $1 person, $2 channel, $3 seq. A cursor that a crash takes back is moved again by the next message that is read, so its commit waits
 * for no disk.
 */
export const MARK_READ: Statement = {
  name: 'mark_read',
  text: `
    with relaxed as materialized (select set_config('synchronous_commit', 'off', true))
    insert into reads (person, channel_id, seq)
    select $1, c.id, $3::int8 from relaxed, channels c where c.name = $2 and c.head >= $3::int8
    on conflict (person, channel_id) do update set seq = excluded.seq where reads.seq < excluded.seq`,
};

/** Of the channel c: how far the person $2 has read, and what came after. */
const READER = `
    left join lateral (select seq from reads where person = $2 and channel_id = c.id limit 1) r on true
    left join lateral (
      select count(*) as unread from (
        select 1 from (
          select author_id from events where channel_id = c.id and seq > coalesce(r.seq, 0) and seq <= c.last_message
            and $2::text is not null
          order by seq desc limit ${COUNTED_EVENTS}
        ) e where e.author_id <> $2 limit ${MAX_UNREAD}
      ) counted
    ) u on true`;

/** $1 channel names, $2 person or null (then nothing is unread) */
export const OVERVIEW: Statement = {
  name: 'overview',
  text: `
    select c.name, c.head, coalesce(r.seq, 0) as read, u.unread, l.*
    from unnest($1::text[]) as w(name)
    cross join lateral (select id, name, head, last_message from channels where name = w.name limit 1) c
    ${READER}
    left join lateral (
      select seq, '=' || author_id as author_id, '=' || author_name as author_name,
        '=' || left(coalesce(edited, body), ${LAST_BODY_LENGTH}) as body, reply_to, created_ms, key,
        edited_ms, deleted_ms, changed
      from events where channel_id = c.id and seq = c.last_message limit 1
    ) l on true`,
};
