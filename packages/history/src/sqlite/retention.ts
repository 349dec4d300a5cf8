import { forget } from './change.ts';
import { channelOf } from './channels.ts';
import type { Connection } from './connection.ts';
import { isOldestYoung } from './log-time.ts';
import { CHANNEL_ID, placeOf, SEQ } from './place.ts';

/** What a channel may hold. */
export interface Bounds {
  maxCount: number | undefined;
  maxAgeMs: number | undefined;
}

/**
 * Channels by name, those after `after`, that may hold more than they may; and the last that was looked at, where there are more. Of one
 * whose oldest event is dated ahead of the clock that has to be looked at. In a transaction.
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
 * Drops the oldest events of a channel, down to a count and up to a seq, at most `step`, with what others hold of a message: its later
 * edits' texts, reactions, mentions, entry in the index. Gives how many it dropped. In a transaction of the caller's.
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
  const start = placeOf(id, 0);
  const wanted = Math.max(maxCount === undefined ? 0 : head - maxCount, upTo);
  const last = Math.min(wanted, head, earliest + step - 1);
  if (last < earliest) return 0;
  const until = placeOf(id, last);
  for (const { seq } of connection.all(
    `select ${SEQ} as seq from events where place > ? and place <= ?`,
    start,
    until,
  )) {
    forget(connection, placeOf(id, Number(seq)));
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
