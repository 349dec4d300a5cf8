import { forget } from './change.ts';
import { channelOf } from './channels.ts';
import type { Connection } from './connection.ts';
import { CHANNEL_ID, keyOf, SEQ } from './event-key.ts';
import { isOldestYoung } from './log-time.ts';

/** The limits of a channel. */
export interface Bounds {
  maxCount: number | undefined;
  maxAgeMs: number | undefined;
}

/**
 * Channels after the name `after`, sorted by name, that may exceed the limits; and the last examined channel if there
 * are more. A channel whose oldest event has a time in the future has to be examined. In a transaction.
 */
export function readOverBounds(
  connection: Connection,
  after: string,
  { maxCount, maxAgeMs }: Bounds,
  limit: number,
): { over: string[]; last: string | undefined } {
  const rows = connection.all(
    'select id, name, earliest, head from channels where name > ? order by name limit ?',
    after,
    limit,
  );
  const over = rows.filter((row) => {
    const [id, earliest, head] = [Number(row.id), Number(row.earliest), Number(row.head)];
    if (maxCount !== undefined && head - earliest >= maxCount) return true;
    return maxAgeMs !== undefined && head >= earliest && !isOldestYoung(connection, id, earliest, maxAgeMs);
  });
  return {
    over: over.map(({ name }) => String(name)),
    last: rows.length < limit ? undefined : String(rows.at(-1)?.name),
  };
}

/**
 * Deletes the oldest events of a channel, down to a count and up to a seq, at most `step`, together with everything
 * stored about a message: its later texts, reactions, mentions, entry in the index. Returns the number of deleted
 * events. In the caller's transaction.
 */
export function dropOldest(
  connection: Connection,
  channel: string,
  { maxCount, until: upTo = 0 }: { maxCount?: number | undefined; until?: number | undefined },
  step: number,
): number {
  const row = channelOf(connection, channel);
  if (row === undefined) return 0;
  const { id, earliest, head } = row;
  const start = keyOf(id, 0);
  const wanted = Math.max(maxCount === undefined ? 0 : head - maxCount, upTo);
  const last = Math.min(wanted, head, earliest + step - 1);
  if (last < earliest) return 0;
  const until = keyOf(id, last);
  for (const { seq } of connection.all(
    `select ${SEQ} as seq from events where place > ? and place <= ?`,
    start,
    until,
  )) {
    forget(connection, keyOf(id, Number(seq)));
    connection.run(
      `update changes set body = '' where ${CHANNEL_ID} = ? and target = ? and type = 'edit' and place > ?`,
      ...[id, Number(seq), until],
    );
  }
  const dropped = ['events', 'changes'].map((table) =>
    connection.run(`delete from ${table} where place > ? and place <= ?`, start, until),
  );
  connection.run('update channels set earliest = ? where id = ?', last + 1, id);
  return dropped.reduce((sum, count) => sum + count, 0);
}
