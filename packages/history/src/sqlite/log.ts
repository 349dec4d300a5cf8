import type { LogEvent } from '@carillon/protocol';
import { messageOf } from '../event-row.ts';
import { type ChannelSummary, type ExtentWithTimes, type SeqRange, TIMES_MODULUS } from '../history.ts';
import type { ReadScope } from '../read-scope.ts';
import { channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';
import { keyOf } from './event-key.ts';
import { readableChannel } from './readable.ts';
import { CHANGE, changeOfRow, MESSAGE } from './rows.ts';

/** One event, or undefined if it is not kept. In a transaction. */
export function readEvent(connection: Connection, channel: string, seq: number): LogEvent | undefined {
  const row = channelOf(connection, channel);
  if (row === undefined) return undefined;
  const key = keyOf(row.id, seq);
  const message = connection.get(`select ${MESSAGE} from events where place = ?`, key);
  if (message !== undefined) return messageOf(channel, message);
  const change = connection.get(`select ${CHANGE} from changes e where place = ?`, key);
  return change && changeOfRow(channel, change);
}

/** Events after `after`, oldest first, as History.after says. In a transaction. */
export function readAfter(
  connection: Connection,
  channel: string,
  after: number,
  limit: number,
  maxBytes: number,
): LogEvent[] {
  const row = channelOf(connection, channel);
  if (row === undefined || after >= row.head) return [];
  const between = [keyOf(row.id, after), keyOf(row.id, row.head), limit] as const;
  const messages = connection.each(
    `select ${MESSAGE} from events where place > ? and place <= ? order by place limit ?`,
    ...between,
  );
  const changes = connection.each(
    `select ${CHANGE} from changes e where place > ? and place <= ? order by place limit ?`,
    ...between,
  );
  const events: LogEvent[] = [];
  try {
    let bytes = 0;
    let [message, change] = [messages.next(), changes.next()];
    while (events.length < limit && bytes < maxBytes) {
      const isMessage = precedes(message, change);
      const { done, value } = isMessage ? message : change;
      if (done || value === undefined) break;
      events.push(isMessage ? messageOf(channel, value) : changeOfRow(channel, value));
      bytes += Buffer.byteLength(String(value.body ?? '')) + 1;
      if (isMessage) message = messages.next();
      else change = changes.next();
    }
  } finally {
    messages.return?.();
    changes.return?.();
  }
  return events;
}

/** Whether a message is next, of a message and a change sorted by seq. */
function precedes(message: IteratorResult<Row, unknown>, change: IteratorResult<Row, unknown>): boolean {
  if (message.done) return false;
  return change.done === true || Number(message.value.seq) < Number(change.value.seq);
}

/** The extents of these channels, and the checksums of the times in these ranges. In a transaction. */
export function readExtents(
  connection: Connection,
  channels: readonly string[],
  ranges: readonly SeqRange[],
): Map<string, ExtentWithTimes> {
  const asked = new Map(ranges.map((range) => [range.channel, range]));
  const extents = new Map<string, ExtentWithTimes>();
  for (const channel of channels) {
    const row = channelOf(connection, channel);
    if (row === undefined) continue;
    const { earliest, head } = row;
    const range = asked.get(channel);
    extents.set(channel, {
      earliest,
      head,
      ...(range && { times: timesOf(connection, row.id, range) }),
    });
  }
  return extents;
}

const timesIn = (table: string) =>
  `(select coalesce(sum(created_ms % ${TIMES_MODULUS}), 0) from ${table} where place between ?1 and ?2)`;
const TIMES = `select ${timesIn('events')} + ${timesIn('changes')} as times`;

function timesOf(connection: Connection, channelId: number, { first, last }: SeqRange): number {
  const row = connection.get(TIMES, keyOf(channelId, first), keyOf(channelId, last));
  return Number(row?.times);
}

/** Channels after the name `after` within the scope, sorted by name. In a transaction. */
export function readChannels(
  connection: Connection,
  after: string,
  limit: number,
  scope: ReadScope,
): ChannelSummary[] {
  const isReadable = readableChannel(connection, scope);
  const channels: ChannelSummary[] = [];
  const rows = connection.each(
    `select id, name, earliest, head, head_ms, visibility, topic, archived_ms from channels
     left join channel_settings on channel_id = id where name > ? and head > 0 order by name`,
    after,
  );
  for (const row of rows) {
    if (channels.length === limit) break;
    const visibility = row.visibility === 'private' ? 'private' : 'public';
    if (!isReadable({ id: Number(row.id), name: String(row.name), visibility })) continue;
    channels.push({
      channel: String(row.name),
      earliest: Number(row.earliest),
      head: Number(row.head),
      lastAt: new Date(Number(row.head_ms)).toISOString(),
      visibility,
      topic: String(row.topic ?? ''),
      archived: row.archived_ms !== null,
    });
  }
  return channels;
}
