import type { Change, LogEvent, Message } from '@carillon/protocol';
import type { Row } from './database.ts';
import type { Revision } from './history.ts';

/** A row of the log as the event it is: it has a `type` where it is a change. */
export function eventOf(channel: string, row: Row): LogEvent {
  return row.type === null ? messageOf(channel, row) : changeOf(channel, row);
}

/** A row of `events` as the message it is now. */
export function messageOf(channel: string, row: Row): Message {
  return {
    channel,
    seq: Number(row.seq),
    author: authorOf(row),
    body: unmark(row.body),
    ...(row.reply_to === null ? {} : { replyTo: Number(row.reply_to) }),
    createdAt: time(row.created_ms),
    ...(row.key === null ? {} : { key: String(row.key) }),
    ...(row.changed === null ? {} : stateOf(row)),
  };
}

/** A row of a message's texts. */
export function revisionOf(row: Row): Revision {
  return {
    seq: Number(row.seq),
    author: authorOf(row),
    body: unmark(row.body),
    createdAt: time(row.created_ms),
  };
}

function stateOf(row: Row): Pick<Message, 'editedAt' | 'deletedAt' | 'changed'> {
  return {
    ...(row.edited_ms === null ? {} : { editedAt: time(row.edited_ms) }),
    ...(row.deleted_ms === null ? {} : { deletedAt: time(row.deleted_ms) }),
    changed: Number(row.changed),
  };
}

/** `detail` is what a kind of change has beside its target and its text, as JSON that Carillon wrote. */
function changeOf(channel: string, row: Row): Change {
  return {
    type: row.type,
    channel,
    seq: Number(row.seq),
    author: authorOf(row),
    createdAt: time(row.created_ms),
    ...(row.target === null ? {} : { target: Number(row.target) }),
    ...(row.type === 'edit' ? { body: unmark(row.body) } : {}),
    ...(row.detail === null ? {} : JSON.parse(String(row.detail))),
  } as Change;
}

function authorOf(row: Row): Message['author'] {
  return { id: unmark(row.author_id), name: unmark(row.author_name) };
}

function time(ms: Row[string] | undefined): string {
  return new Date(Number(ms)).toISOString();
}

/** Without the character that every statement puts before a text. */
export function unmark(text: Row[string] | undefined): string {
  return String(text).slice(1);
}
