import type { Statement } from './database.ts';
import { CHANNEL_ID, MESSAGE, NOW_MS } from './statements.ts';

/** The statements that change a message. Each is one of several in a transaction. */

/** $1 channel: later statements of the transaction see everything committed, and nobody else appends to the channel. */
export const LOCK_CHANNEL: Statement = {
  name: 'lock_channel',
  text: 'select id from channels where name = $1 for update',
};

/** $1 channel, $2 seq */
export const TARGET: Statement = {
  name: 'target',
  text: `select ${MESSAGE} from events e where e.channel_id = ${CHANNEL_ID} and e.seq = $2::int8`,
};

/**
 * $1 channel, $2 type, $3 author id, $4 author name, $5 target or null, $6 text or null, $7 other fields, as JSON.
 * Returns its seq and time; no row if the channel does not exist.
 */
export const APPEND_CHANGE: Statement = {
  name: 'append_change',
  text: `
    with moved as (
      update channels set head = head + 1, head_ms = greatest(head_ms, ${NOW_MS}), behind = true, unindexed = true
      where name = $1 returning id, head, head_ms
    )
    insert into changes (channel_id, seq, type, author_id, author_name, created_ms, target, body, detail)
    select id, head, $2, $3, $4, head_ms, $5::int8, $6, $7 from moved
    returning seq, created_ms as ms`,
};

/** $1 channel, $2 seq: the number of edits of the message. */
export const COUNT_EDITS: Statement = {
  name: 'count_edits',
  text: `select count(*) as edits from changes where channel_id = ${CHANNEL_ID} and target = $2::int8 and type = 'edit'`,
};

/** $1 channel, $2 seq, $3 text, $4 seq of the change, $5 its time, $6 handles that the text mentions */
export const EDIT: Statement = {
  name: 'edit',
  text: `
    with edited as (
      update events set edited = $3, edited_ms = $5::int8, changed = $4::int8
      where channel_id = ${CHANNEL_ID} and seq = $2::int8 returning channel_id, seq
    ),
    no_more as (
      delete from mentions m using edited e
      where m.channel_id = e.channel_id and m.seq = e.seq and m.handle <> all ($6::text[])
    )
    insert into mentions (channel_id, seq, handle)
    select e.channel_id, e.seq, w.handle from edited e, unnest($6::text[]) as w(handle) on conflict do nothing`,
};

/** $1 channel, $2 seq, $3 seq of the change, $4 its time: removes every copy of the text, and all reactions. */
export const ERASE: Statement = {
  name: 'erase',
  text: `
    with erased as (
      update events set body = '', edited = null, edited_ms = null, deleted_ms = $4::int8, changed = $3::int8
      where channel_id = ${CHANNEL_ID} and seq = $2::int8 returning channel_id, seq
    ),
    edits as (
      update changes c set body = '' from erased e where c.channel_id = e.channel_id and c.target = e.seq and c.type = 'edit'
    ),
    mentioned as (delete from mentions m using erased e where m.channel_id = e.channel_id and m.seq = e.seq),
    found as (delete from search_entries s using erased e where s.channel_id = e.channel_id and s.seq = e.seq),
    unpinned as (delete from pins p using erased e where p.channel_id = e.channel_id and p.target = e.seq),
    reacted as (delete from reactions r using erased e where r.channel_id = e.channel_id and r.target = e.seq)
    delete from reaction_counts r using erased e where r.channel_id = e.channel_id and r.target = e.seq`,
};

/**
 * $1 channel, $2 seq, $3 emoji, $4 author id: whether the author has it, how many people have it, how many different
 * emoji there are.
 */
export const REACTION: Statement = {
  name: 'reaction',
  text: `
    select
      (select count(*) from reactions where channel_id = c.id and target = $2::int8 and emoji = $3 and author_id = $4) as mine,
      coalesce((select count from reaction_counts where channel_id = c.id and target = $2::int8 and emoji = $3), 0) as count,
      (select count(*) from reaction_counts where channel_id = c.id and target = $2::int8) as kinds
    from channels c where c.name = $1`,
};

/** $1 channel, $2 seq, $3 emoji, $4 author id, $5 author name, $6 seq of the change */
export const REACT: Statement = {
  name: 'react',
  text: `
    with put as (
      insert into reactions (channel_id, target, emoji, author_id, author_name, seq)
      select id, $2::int8, $3, $4, $5, $6::int8 from channels where name = $1 returning channel_id
    )
    insert into reaction_counts (channel_id, target, emoji, count, since)
    select channel_id, $2::int8, $3, 1, $6::int8 from put
    on conflict (channel_id, target, emoji) do update set count = reaction_counts.count + 1`,
};

/** $1 channel, $2 seq, $3 emoji, $4 author id, $5 how many are left */
export const TAKE_BACK: Statement = {
  name: 'take_back',
  text: `
    with taken as (
      delete from reactions where channel_id = ${CHANNEL_ID} and target = $2::int8 and emoji = $3 and author_id = $4
      returning channel_id
    ),
    fewer as (
      update reaction_counts r set count = $5::int8 from taken t
      where r.channel_id = t.channel_id and r.target = $2::int8 and r.emoji = $3 and $5::int8 > 0
    )
    delete from reaction_counts r using taken t
    where r.channel_id = t.channel_id and r.target = $2::int8 and r.emoji = $3 and $5::int8 = 0`,
};
