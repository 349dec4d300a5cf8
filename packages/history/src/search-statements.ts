import type { Statement } from './database.ts';
import { AGELESS, FRESH_MS, SEARCH_TIMEOUT_MS, WINDOW } from './search-window.ts';
import { MAX_SEARCHED_LENGTH, WORDS_VERSION } from './search-words.ts';
import { MESSAGE, NOW_MS } from './statements.ts';

/** The statements of the full-text index. */

/** $1 channel id, $2 maximum number: channels after that id whose cursor is behind. */
export const UNINDEXED: Statement = {
  name: 'unindexed',
  text: `select id from channels where unindexed and id > $1::int8 order by id limit $2::int8`,
};

/** $1 channel ids: creates the missing cursors. */
export const ADD_SEARCH_CURSORS: Statement = {
  name: 'add_search_cursors',
  text: `insert into search_cursors (channel_id, seq) select id, 0 from unnest($1::int8[]) as w(id) on conflict do nothing`,
};

/**
 * $1 channel ids: locks the cursors that nobody else has locked, until the transaction ends. If a crash loses the work
 * it is indexed again, so the commit does not wait for the disk. It also declares which version of words the
 * transaction writes (migrations/words.ts).
 */
export const TAKE_SEARCH_CURSORS: Statement = {
  name: 'take_search_cursors',
  text: `
    with relaxed as materialized (
      select set_config('synchronous_commit', 'off', true), set_config('carillon.words', '${WORDS_VERSION}', true)
    )
    select s.channel_id, s.seq from relaxed, unnest($1::int8[]) as w(id)
    cross join lateral (select * from search_cursors where channel_id = w.id for update skip locked) s`,
};

/**
 * $1 channel ids, $2 their cursors, $3 maximum number of events of each, $4 maximum bytes of bodies of each, but at
 * least one event. Returns for each channel the new position (`upto`) and its head, and in separate rows the messages
 * that are new or edited up to there, with the searched part of their texts.
 */
export const TO_INDEX: Statement = {
  name: 'to_index',
  text: `
    select w.channel_id, b.upto, b.head, m.seq, m.body
    from unnest($1::int8[], $2::int8[]) as w(channel_id, seq)
    cross join lateral (
      select c.head, greatest(w.seq, c.earliest - 1) as base,
        least(c.head, greatest(w.seq, c.earliest - 1) + $3::int8, (
          select min(seq) - 1 from (
            select seq, sum(bytes) over (order by seq) - bytes as bytes_before from (
              (select e.seq, least(octet_length(coalesce(e.edited, e.body)), ${MAX_SEARCHED_LENGTH}) as bytes from events e
                where e.channel_id = w.channel_id and e.seq > w.seq order by e.seq limit $3::int8)
              union all
              (select x.seq, least(octet_length(x.body), ${MAX_SEARCHED_LENGTH}) from changes x
                where x.channel_id = w.channel_id and x.type = 'edit'
                  and x.seq > w.seq and x.seq <= greatest(w.seq, c.earliest - 1) + $3::int8)
            ) e
          ) e where bytes_before >= $4::int8
        )) as upto
      from channels c where c.id = w.channel_id limit 1
    ) b
    left join lateral (
      select e.seq, left(coalesce(e.edited, e.body), ${MAX_SEARCHED_LENGTH}) as body from events e
      where e.channel_id = w.channel_id and e.seq > b.base and e.seq <= b.upto and e.deleted_ms is null
      union all
      select e.seq, left(coalesce(e.edited, e.body), ${MAX_SEARCHED_LENGTH}) from changes x
      cross join lateral (
        select * from events e where e.channel_id = w.channel_id and e.seq = x.target and e.deleted_ms is null limit 1
      ) e
      where x.channel_id = w.channel_id and x.seq > b.base and x.seq <= b.upto and x.type = 'edit' and x.target <= b.base
    ) m on true`,
};

/** $1 channel ids, $2 seqs, $3 words as tsvectors. */
export const PUT_ENTRIES: Statement = {
  name: 'put_search_entries',
  text: `
    insert into search_entries (channel_id, seq, author_id, created_ms, words)
    select w.channel_id, w.seq, e.author_id, e.created_ms, w.words::tsvector
    from unnest($1::int8[], $2::int8[], $3::text[]) as w(channel_id, seq, words)
    cross join lateral (
      select author_id, created_ms from events where channel_id = w.channel_id and seq = w.seq limit 1
    ) e
    on conflict (channel_id, seq) do update set words = excluded.words`,
};

/** $1 channel ids, $2 seqs */
export const MOVE_SEARCH_CURSORS: Statement = {
  name: 'move_search_cursors',
  text: `
    update search_cursors s set seq = w.seq from unnest($1::int8[], $2::int8[]) as w(channel_id, seq)
    where s.channel_id = w.channel_id and s.seq < w.seq`,
};

/**
 * $1 channel ids, $2 seqs of their cursors: marks those that are at the head now. A channel that is being posted to is
 * left for the next turn: waiting for its row could deadlock with a post that waits for a cursor.
 */
export const MARK_INDEXED: Statement = {
  name: 'mark_indexed',
  text: `
    update channels c set unindexed = false from (
      select l.id from unnest($1::int8[], $2::int8[]) as w(id, seq)
      cross join lateral (select id from channels where id = w.id and head <= w.seq for update skip locked) l
    ) l where c.id = l.id`,
};

/**
 * $1 channel: waits for the current indexer of the channel, and blocks the next one until the transaction ends. The
 * statement that erases a message comes after it: so it sees what was indexed, and nobody can index the erased text.
 * The cursor is created if it is missing, because otherwise there is nothing to lock.
 */
export const HOLD_SEARCH_CURSOR: Statement = {
  name: 'hold_search_cursor',
  text: `
    insert into search_cursors (channel_id, seq) select id, 0 from channels where name = $1
    on conflict (channel_id) do update set seq = search_cursors.seq`,
};

/**
 * $1 channel or null. For later statements of the transaction: an index of words is read by a bitmap scan, which is
 * disabled elsewhere so that the other statements use their index. Returns the channel's id, and the time.
 */
export const BEGIN_SEARCH: Statement = {
  name: 'begin_search',
  text: `
    select set_config('enable_bitmapscan', 'on', true), set_config('statement_timeout', '${SEARCH_TIMEOUT_MS}', true),
      (select id from channels where name = $1::text) as id, ${NOW_MS} as now_ms`,
};

/**
 * $1 query, with the channel's word if there is one, $2 query, $3 now, ms; $4 $5 $6 the position before which the
 * window begins, $7 $8 $9 its oldest position (or null), $10 author or null, $11 patterns of readable channels (null:
 * any), $12 person or null, $13 patterns of readable private channels. Returns the positions with their scores, newest
 * first. No text search configuration is involved: words and query are already processed.
 */
export const FIND: Statement = {
  name: 'find',
  text: `
    with hidden as materialized (
      select s.channel_id from channel_settings s
      join channels c on c.id = s.channel_id
      where s.visibility = 'private' and not (c.name like any ($13::text[]))
        and not exists (select 1 from channel_members m where m.channel_id = s.channel_id and m.person_id = $12::text)
    ),
    readable as materialized (
      select id from channels where $11::text[] is not null and name like any ($11::text[])
    ),
    matching as materialized (
      select e.channel_id, e.seq, e.created_ms, e.words from search_entries e
      where e.words @@ $1::tsquery
        and (e.created_ms, e.channel_id, e.seq) < ($4::int8, $5::int8, $6::int8)
        and ($7::int8 is null or (e.created_ms, e.channel_id, e.seq) >= ($7::int8, $8::int8, $9::int8))
        and ($10::text is null or e.author_id = $10::text)
        and ($11::text[] is null or e.channel_id in (select id from readable))
        and e.channel_id not in (select channel_id from hidden)
      order by e.created_ms desc, e.channel_id desc, e.seq desc limit ${WINDOW}
    )
    select channel_id, seq, created_ms, (1e9 * ts_rank(words, $2::tsquery, 1)
      * (${AGELESS} + ${1 - AGELESS} / (1 + greatest(0, $3::int8 - created_ms) / ${FRESH_MS}::float8)))::int8 as score
    from matching order by created_ms desc, channel_id desc, seq desc`,
};

/** $1 channel ids, $2 seqs: the messages that still exist. */
export const FOUND: Statement = {
  name: 'found',
  text: `
    select c.name, m.* from unnest($1::int8[], $2::int8[]) with ordinality as w(channel_id, seq, place)
    cross join lateral (
      select ${MESSAGE} from events e where e.channel_id = w.channel_id and e.seq = w.seq and e.deleted_ms is null limit 1
    ) m
    cross join lateral (select name from channels where id = w.channel_id limit 1) c
    order by w.place`,
};
