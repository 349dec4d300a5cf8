import { forget } from './change.ts';
import { channelOf } from './channels.ts';
import type { Connection } from './connection.ts';
import { timeAt } from './log.ts';
import { placeOf, SEQ } from './place.ts';

/** What a channel may hold. */
export interface Bounds {
  maxCount: number | undefined;
  maxAgeMs: number | undefined;
}

/** Channels by name, those after `after`, with more than they may hold; and the last that was looked at, where there are more. In a transaction. */
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
  const since = maxAgeMs === undefined ? undefined : Date.now() - maxAgeMs;
  const over = rows.filter(({ id, earliest, head }) => {
    if (maxCount !== undefined && Number(head) - Number(earliest) >= maxCount) return true;
    const oldest =
      since === undefined ? undefined : timeAt(connection, placeOf(Number(id), Number(earliest)));
    return since !== undefined && oldest !== undefined && oldest < since;
  });
  return {
    over: over.map(({ name }) => String(name)),
    last: rows.length < limit ? undefined : String(rows.at(-1)?.name),
  };
}

/**
 * Drops the oldest events of a channel that are over its bounds, at most `step`, with what others hold of a message: its later edits'
 * texts, reactions, mentions, entry in the index. Gives how many it dropped. In a transaction of the caller's.
 */
export function dropOldest(
  connection: Connection,
  channel: string,
  { maxCount, maxAgeMs }: Bounds,
  step: number,
): number {
  const row = channelOf(connection, channel);
  if (row === undefined) return 0;
  const { id, earliest, head } = row;
  const start = placeOf(id, 0);
  const end = placeOf(id, Math.min(head, earliest + step - 1));
  const byCount = maxCount === undefined ? 0 : head - maxCount;
  const since = maxAgeMs === undefined ? 0 : Date.now() - maxAgeMs;
  const newest = (table: 'events' | 'changes') =>
    Number(
      connection.get(
        `select ${SEQ} as seq from ${table}
         where place > ? and place <= ? and (${SEQ} <= ? or created_ms < ?) order by place desc limit 1`,
        ...[start, end, byCount, since],
      )?.seq ?? 0,
    );
  const last = Math.max(newest('events'), newest('changes'));
  if (last === 0) return 0;
  const until = placeOf(id, last);
  for (const { seq } of connection.all(
    `select ${SEQ} as seq from events where place > ? and place <= ?`,
    start,
    until,
  )) {
    forget(connection, placeOf(id, Number(seq)));
    connection.run(
      `update changes set body = '' where place >> 32 = ? and target = ? and type = 'edit' and place > ?`,
      ...[id, Number(seq), until],
    );
  }
  const dropped = ['events', 'changes'].map((table) =>
    connection.run(`delete from ${table} where place > ? and place <= ?`, start, until),
  );
  connection.run('update channels set earliest = ? where id = ?', last + 1, id);
  return dropped.reduce((sum, count) => sum + count, 0);
}
