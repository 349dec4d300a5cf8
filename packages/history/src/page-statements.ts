import { MAX_NAMED_PER_REACTION } from '@carillon/protocol';
import type { Statement } from './database.ts';
import { CHANNEL_ID, MESSAGE } from './statements.ts';

/** The statements that read messages for people. */

/** Of the message e, as JSON, in the order the emoji were added; null without reactions. $4 the viewer's id or null. */
const REACTIONS = `(
  select json_agg(json_build_object(
    'emoji', t.emoji,
    'count', t.count,
    'people', (
      select json_agg(json_build_object('id', p.author_id, 'name', p.author_name) order by p.seq) from (
        select r.author_id, r.author_name, r.seq from reactions r
        where r.channel_id = t.channel_id and r.target = t.target and r.emoji = t.emoji
        order by r.seq limit ${MAX_NAMED_PER_REACTION}
      ) p
    ),
    'mine', exists (
      select 1 from reactions r
      where r.channel_id = t.channel_id and r.target = t.target and r.emoji = t.emoji and r.author_id = $4
    )
  ) order by t.since)::text
  from reaction_counts t where t.channel_id = e.channel_id and t.target = e.seq
) as reactions`;

/**
 * A page and its surroundings, from one snapshot: at least one row if the channel exists, with a null `seq` if the page
 * is empty. `empty` is the position of a page without messages.
 */
const pageOf = (which: string, empty: string) => `
  with channel as materialized (select id, head, earliest from channels where name = $1),
  page as materialized (
    select e.* from channel c cross join lateral (
      select * from events where channel_id = c.id and ${which} limit $3::int8
    ) e
  ),
  bounds as materialized (
    select c.id, c.head, c.earliest, coalesce((select min(seq) from page), ${empty}) as first,
      coalesce((select max(seq) from page), ${empty} - 1) as last
    from channel c
  )
  select b.head, b.earliest,
    (exists (select 1 from events o where o.channel_id = b.id and o.seq < b.first))::int::int8 as older,
    (exists (select 1 from events o where o.channel_id = b.id and o.seq > b.last))::int::int8 as newer,
    ${MESSAGE}, ${REACTIONS}
  from bounds b left join page e on true order by e.seq`;

/** $1 channel, $2 seq or null, $3 limit, $4 the viewer's id or null */
export const PAGE_BEFORE: Statement = {
  name: 'page_before',
  text: pageOf(
    'seq < coalesce($2::int8, 9223372036854775807) order by seq desc',
    'least(coalesce($2::int8, c.head + 1), c.head + 1)',
  ),
};

/** $1 channel, $2 seq, $3 limit, $4 the viewer's id or null */
export const PAGE_AFTER: Statement = {
  name: 'page_after',
  text: pageOf('seq > $2::int8 order by seq', 'least($2::int8, c.head) + 1'),
};

/** $1 channel, $2 seq of the message, $3 after this seq, $4 limit */
export const REVISIONS: Statement = {
  name: 'revisions',
  text: `
    select seq, author_id, author_name, created_ms, body from (
      select seq, author_id, author_name, created_ms, body from events
      where channel_id = ${CHANNEL_ID} and seq = $2::int8 and seq > $3::int8 and deleted_ms is null
      union all
      (select seq, author_id, author_name, created_ms, body from changes
        where channel_id = ${CHANNEL_ID} and type = 'edit' and target = $2::int8 and seq > $3::int8 and body <> ''
        order by seq limit $4::int8)
    ) e order by seq limit $4::int8`,
};
