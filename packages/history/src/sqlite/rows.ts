import type { Change } from '@carillon/protocol';
import { changeOf } from '../event-row.ts';
import type { Row } from './connection.ts';
import { SEQ, seqIn } from './event-key.ts';

const BY = `${SEQ} as seq, author_id, author_name, created_ms`;

/** SQL: a row of `events` as the message in its current state. */
export const MESSAGE = `${BY}, coalesce(edited, body) as body, reply_to, key, edited_ms, deleted_ms, changed`;

const SEQ_OF_CHANGE = seqIn('e.place');

/**
 * SQL: of a row e of `changes`. An edit includes its text while it is the message's last edit: earlier texts are only
 * returned by `revisions`.
 */
export const CHANGE = `${BY}, type, target, detail, case when type = 'edit' then coalesce((
    select e.body from events m where m.place = e.place - ${SEQ_OF_CHANGE} + e.target and m.changed = ${SEQ_OF_CHANGE}
  ), '') end as body`;

/** Converts a row of `changes` to an event. */
export function changeOfRow(channel: string, row: Row): Change {
  const detail = row.detail === null ? null : (JSON.parse(String(row.detail)) as object);
  return changeOf(channel, row, {
    type: row.type as Change['type'],
    target: row.target as number | null,
    detail,
  });
}
