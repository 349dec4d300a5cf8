import type { Change, LogEvent, Message } from '@carillon/protocol';
import type { Row } from './database.ts';
import type { Pin, Revision } from './history.ts';
import { callerKey } from './stored-key.ts';

/** Converts a row of the log to an event. */
export function eventOf(channel: string, row: Row): LogEvent {
  if (row.state === null) return postedOf(channel, row);
  const state = JSON.parse(String(row.state)) as MessageState | ChangeState;
  return 'type' in state
    ? changeOf(channel, row, state)
    : { ...postedOf(channel, row), ...stateFields(state) };
}

/** Converts a row of `events` to the message in its current state. */
export function messageOf(channel: string, row: Row): Message {
  const message = postedOf(channel, row);
  return row.changed === null ? message : { ...message, ...stateFields(row as Row & MessageState) };
}

/** Converts a row of a message's texts. */
export function revisionOf(row: Row): Revision {
  return {
    seq: Number(row.seq),
    author: authorOf(row),
    body: String(row.body),
    createdAt: time(row.created_ms),
  };
}

/** Converts a row of a pinned message. */
export function pinOf(channel: string, row: Row): Pin {
  return {
    message: messageOf(channel, row),
    author: { id: String(row.pin_author_id), name: String(row.pin_author_name) },
    seq: Number(row.pin_seq),
    createdAt: time(row.pin_ms),
  };
}

/** Later changes of a message. */
interface MessageState {
  edited_ms: number | null;
  deleted_ms: number | null;
  changed: number;
}

/** The fields of a change besides its text; `detail` has the fields of its type. */
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
    ...(row.key === null ? {} : { key: callerKey(String(row.key)) }),
  };
}

function stateFields({ edited_ms, deleted_ms, changed }: MessageState): Partial<Message> {
  return {
    ...(edited_ms === null ? {} : { editedAt: time(edited_ms) }),
    ...(deleted_ms === null ? {} : { deletedAt: time(deleted_ms) }),
    changed: Number(changed),
  };
}

/** Converts a row of a change to an event: the row has its seq, author, time and text. */
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

/** The author of a row. */
function authorOf(row: Row): Message['author'] {
  return { id: String(row.author_id), name: String(row.author_name) };
}

/** Converts a time of the store to its form on the wire. */
export function time(ms: Row[string] | undefined): string {
  return new Date(Number(ms)).toISOString();
}
