import type { Change, LogEvent, Message } from '@carillon/protocol';
import type { Row } from './database.ts';
import type { Pin, Revision } from './history.ts';
import { toldKey } from './stored-key.ts';

/** A row of the log as the event it is. */
export function eventOf(channel: string, row: Row): LogEvent {
  if (row.state === null) return postedOf(channel, row);
  const state = JSON.parse(String(row.state)) as MessageState | ChangeState;
  return 'type' in state ? changeOf(channel, row, state) : { ...postedOf(channel, row), ...told(state) };
}

/** A row of `events` as the message it is now. */
export function messageOf(channel: string, row: Row): Message {
  const message = postedOf(channel, row);
  return row.changed === null ? message : { ...message, ...told(row as Row & MessageState) };
}

/** A row of a message's texts. */
export function revisionOf(row: Row): Revision {
  return {
    seq: Number(row.seq),
    author: authorOf(row),
    body: String(row.body),
    createdAt: time(row.created_ms),
  };
}

/** A row of a pinned message. */
export function pinOf(channel: string, row: Row): Pin {
  return {
    message: messageOf(channel, row),
    author: { id: String(row.pin_author_id), name: String(row.pin_author_name) },
    seq: Number(row.pin_seq),
    createdAt: time(row.pin_ms),
  };
}

/** What became of a message. */
interface MessageState {
  edited_ms: number | null;
  deleted_ms: number | null;
  changed: number;
}

/** What a change has beside its text; `detail` is what its kind has more. */
export interface ChangeState {
  type: Change['type'];
  target: number | null;
  detail: object | null;
}

function postedOf(channel: string, row: Row): Message {
  return {
    channel,
    seq: Number(row.seq),
    author: authorOf(row),
    body: String(row.body),
    ...(row.reply_to === null ? {} : { replyTo: Number(row.reply_to) }),
    createdAt: time(row.created_ms),
    ...(row.key === null ? {} : { key: toldKey(String(row.key)) }),
  };
}

function told({ edited_ms, deleted_ms, changed }: MessageState): Partial<Message> {
  return {
    ...(edited_ms === null ? {} : { editedAt: time(edited_ms) }),
    ...(deleted_ms === null ? {} : { deletedAt: time(deleted_ms) }),
    changed: Number(changed),
  };
}

/** A row of a change as the event it is: the row has its seq, its author, its time and its text. */
export function changeOf(channel: string, row: Row, { type, target, detail }: ChangeState): Change {
  return {
    type,
    channel,
    seq: Number(row.seq),
    author: authorOf(row),
    createdAt: time(row.created_ms),
    ...(target === null ? {} : { target }),
    ...(type === 'edit' ? { body: row.body } : {}),
    ...detail,
  } as Change;
}

/** Who a row is by. */
function authorOf(row: Row): Message['author'] {
  return { id: String(row.author_id), name: String(row.author_name) };
}

/** A time of the store as it is on the wire. */
export function time(ms: Row[string] | undefined): string {
  return new Date(Number(ms)).toISOString();
}
