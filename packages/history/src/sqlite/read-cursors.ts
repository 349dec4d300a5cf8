import type { Message } from '@carillon/protocol';
import { messageOf } from '../event-row.ts';
import {
  type ChannelOverview,
  COUNTED_MESSAGES,
  LAST_BODY_LENGTH,
  MAX_UNREAD,
  type Marked,
  type Reader,
  type ReadState,
} from '../reads.ts';
import { type ChannelRow, channelOf } from './channels.ts';
import type { Connection } from './connection.ts';
import { keyOf, seqIn } from './event-key.ts';
import { MESSAGE } from './rows.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Moves a person's cursor, forward only; it is kept for `days`. In the caller's transaction. */
export function markRead(
  connection: Connection,
  reader: Reader,
  channel: string,
  seq: number,
  days: number,
): Marked {
  const row = channelOf(connection, channel);
  if (row === undefined) return { outcome: 'missing' };
  if (seq > row.head) return { outcome: 'ahead', head: row.head };
  connection.run(
    `insert into reads (person, channel_id, seq, until_day) values (?, ?, ?, ?)
     on conflict (person, channel_id) do update set seq = excluded.seq, until_day = excluded.until_day
     where seq < excluded.seq`,
    ...[reader.id, row.id, seq, Math.floor(Date.now() / DAY_MS) + days],
  );
  return { outcome: 'marked', ...readState(connection, row, reader) };
}

/** The overview of these channels for a list. In a transaction. */
export function readOverview(
  connection: Connection,
  channels: readonly string[],
  reader: Reader | undefined,
): Map<string, ChannelOverview> {
  const overviews = new Map<string, ChannelOverview>();
  for (const channel of channels) {
    const row = channelOf(connection, channel);
    if (row === undefined) continue;
    overviews.set(channel, {
      last: lastMessage(connection, channel, row),
      reader: reader && readState(connection, row, reader),
    });
  }
  return overviews;
}

/** Deletes expired cursors, at most `step`. Returns their number. In the caller's transaction. */
export function sweepReads(connection: Connection, step: number): number {
  return connection.run(
    `delete from reads where (person, channel_id) in (
       select person, channel_id from reads where until_day < ? order by until_day limit ?
     )`,
    Math.floor(Date.now() / DAY_MS),
    step,
  );
}

function lastMessage(connection: Connection, channel: string, { id, head }: ChannelRow): Message | undefined {
  const row = connection.get(
    `select ${MESSAGE} from events where place > ? and place <= ? order by place desc limit 1`,
    keyOf(id, 0),
    keyOf(id, head),
  );
  return row && messageOf(channel, { ...row, body: cut(String(row.body)) });
}

/** By code points, as LAST_BODY_LENGTH says. */
function cut(body: string): string {
  if (body.length <= LAST_BODY_LENGTH) return body;
  // No code point has more than two units.
  return Array.from(body.slice(0, 2 * LAST_BODY_LENGTH))
    .slice(0, LAST_BODY_LENGTH)
    .join('');
}

function readState(connection: Connection, { id, head }: ChannelRow, reader: Reader): ReadState {
  const cursor = connection.get('select seq from reads where person = ? and channel_id = ?', reader.id, id);
  const read = Number(cursor?.seq ?? 0);
  const [after, end] = [keyOf(id, read), keyOf(id, head)];
  const unread = connection.get(
    `select count(*) as n from (
       select 1 from (
         select author_id, deleted_ms from events where place > ? and place <= ? order by place desc limit ?
       ) where author_id <> ? and deleted_ms is null limit ?
     )`,
    ...[after, end, COUNTED_MESSAGES, reader.id, MAX_UNREAD],
  );
  const mentions = new Set<number>();
  for (const handle of reader.handles) {
    const rows = connection.all(
      `select ${seqIn('m.place')} as seq from mentions m join events e on e.place = m.place
       where handle = ? and m.place > ? and m.place <= ? and author_id <> ? order by m.place desc limit ?`,
      ...[handle, after, end, reader.id, MAX_UNREAD],
    );
    for (const { seq } of rows) mentions.add(Number(seq));
  }
  return { read, unread: Number(unread?.n), mentions: Math.min(mentions.size, MAX_UNREAD) };
}
