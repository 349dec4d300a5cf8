import type { Message } from '@carillon/protocol';
import type { Row } from './database.ts';

/** A row of `events` as the message it is. */
export function messageOf(channel: string, row: Row): Message {
  return {
    channel,
    seq: Number(row.seq),
    author: { id: unmark(row.author_id), name: unmark(row.author_name) },
    body: unmark(row.body),
    ...(row.reply_to === null ? {} : { replyTo: Number(row.reply_to) }),
    createdAt: new Date(Number(row.created_ms)).toISOString(),
    ...(row.key === null ? {} : { key: String(row.key) }),
  };
}

/** Without the character that every statement puts before a text. */
function unmark(text: Row[string] | undefined): string {
  return String(text).slice(1);
}
