import type { Indexed } from '../search.ts';
import { MAX_SEARCHED_LENGTH, wordsOf } from '../search-words.ts';
import type { Connection } from './connection.ts';
import { keyOf, SEQ } from './event-key.ts';

/** Channels examined in one turn. */
const CHANNELS_PER_TURN = 32;

/** Bytes of texts in one turn, but at least one event: about 20 ms of work of the reading thread. */
const BYTES_PER_TURN = 64 * 1024;

/** The index entry of a message, as of when it was read. */
interface Entry {
  key: bigint;
  /** seq of its last edit then; a later edit is indexed in a turn of its own. */
  changed: number | null;
  /** Separated by spaces. */
  words: string;
}

/** A range of a channel's log that was read, and its index entries. */
interface ReadRange {
  channelId: number;
  from: number;
  upto: number;
  head: number;
  entries: Entry[];
}

export interface Unindexed {
  ranges: ReadRange[];
  /** The next turn begins after the channel with this id. */
  next: number;
  /** There is more to do. */
  more: boolean;
}

/**
 * Reads the next events of some channels after the id `after` whose index is behind: about `events` events. Words are
 * split here, in a reading thread, so that no post waits for it. In a transaction.
 */
export function readUnindexed(connection: Connection, after: number, events: number): Unindexed {
  const rows = connection.all(
    'select id, earliest, head, indexed from channels where indexed < head and id > ? order by id limit ?',
    after,
    CHANNELS_PER_TURN,
  );
  if (rows.length === 0) return { ranges: [], next: 0, more: after > 0 };
  const share = (all: number) => Math.ceil(all / rows.length);
  const ranges: ReadRange[] = [];
  let bytes = 0;
  for (const { id, earliest, head, indexed } of rows) {
    // The rest follows in the next turn.
    if (bytes >= BYTES_PER_TURN) return { ranges, next: ranges.at(-1)?.channelId ?? 0, more: true };
    const from = Math.max(Number(indexed), Number(earliest) - 1);
    const bounds = { from, head: Number(head), events: share(events), bytes: share(BYTES_PER_TURN) };
    const read = readStretch(connection, Number(id), bounds);
    bytes += read.bytes;
    ranges.push({
      channelId: Number(id),
      from: Number(indexed),
      upto: read.upto,
      head: Number(head),
      entries: read.entries,
    });
  }
  const whole = rows.length === CHANNELS_PER_TURN;
  return { ranges, next: whole ? Number(rows.at(-1)?.id) : 0, more: whole };
}

const TEXT = `substr(coalesce(edited, body), 1, ${MAX_SEARCHED_LENGTH}) as body, changed`;

function readStretch(
  connection: Connection,
  id: number,
  { from, head, events, bytes: maxBytes }: { from: number; head: number; events: number; bytes: number },
): { upto: number; bytes: number; entries: Entry[] } {
  const entries = new Map<bigint, Entry>();
  const end = Math.min(head, from + events);
  // New and edited messages, in the order of the log.
  const log = connection.each(
    `select ${SEQ} as seq, ${SEQ} as target from events where place > ?1 and place <= ?2
     union all
     select ${SEQ} as seq, target from changes where place > ?1 and place <= ?2 and type = 'edit'
     order by seq`,
    keyOf(id, from),
    keyOf(id, end),
  );
  let bytes = 0;
  for (const { seq, target } of log) {
    if (bytes >= maxBytes) return { upto: Number(seq) - 1, bytes, entries: [...entries.values()] };
    const key = keyOf(id, Number(target));
    if (entries.has(key)) continue;
    const row = connection.get(`select ${TEXT} from events where place = ? and deleted_ms is null`, key);
    if (row === undefined) continue;
    const text = String(row.body).slice(0, MAX_SEARCHED_LENGTH);
    bytes += Buffer.byteLength(text);
    const words = wordsOf(text).map(({ word }) => word);
    entries.set(key, { key, changed: row.changed as number | null, words: words.join(' ') });
  }
  return { upto: end, bytes, entries: [...entries.values()] };
}

/**
 * Writes entries into the index, unless their message has changed since it was read: then the change is indexed in a
 * turn of its own. In the caller's transaction.
 */
export function putIndexed(connection: Connection, ranges: readonly ReadRange[]): Omit<Indexed, 'more'> {
  let messages = 0;
  let behind = 0;
  for (const { channelId, from, upto, head, entries } of ranges) {
    const moved = connection.run(
      'update channels set indexed = ? where id = ? and indexed = ?',
      ...[upto, channelId, from],
    );
    if (moved === 0) continue;
    behind += head - upto;
    for (const entry of entries) if (put(connection, channelId, entry)) messages += 1;
  }
  return { messages, behind };
}

/** Limit of messages in one millisecond; it is never reached. */
const TIME_BITS = 20n;

/**
 * The position of a message in the index: by time, so that the newest are read first. With `number` 0, all later
 * messages have a larger position.
 */
export function timeKeyOf(ms: number, number: number): bigint {
  return (BigInt(Math.min(ms, MAX_TIME_MS)) << TIME_BITS) + BigInt(number);
}

/** Later than any message, and its position still fits in 64 bits. */
const MAX_TIME_MS = 2 ** 42;

/** SQL: the parts of a position in the index. */
export const TIME_MS = `(e.time_place >> ${TIME_BITS})`;
export const NUMBER = `(e.time_place & ${(1n << TIME_BITS) - 1n})`;

function put(connection: Connection, channelId: number, { key, changed, words }: Entry): boolean {
  const message = connection.get(
    'select author_id, created_ms from events where place = ? and deleted_ms is null and changed is ?',
    key,
    changed,
  );
  if (message === undefined) return false;
  const known = connection.run(
    'delete from search where rowid = (select time_place from search_entries where place = ?)',
    key,
  );
  if (known === 0) {
    const ms = Number(message.created_ms);
    connection.run(
      `insert into search_entries (time_place, place, author_id, created_ms)
       select coalesce(max(time_place) + 1, ?1), ?3, ?4, ?5 from search_entries where time_place >= ?1 and time_place < ?2`,
      ...[timeKeyOf(ms, 0), timeKeyOf(ms + 1, 0), key, message.author_id ?? null, ms],
    );
  }
  connection.run(
    'insert into search (rowid, words, channel) select time_place, ?, ? from search_entries where place = ?',
    ...[words, String(channelId), key],
  );
  return true;
}
