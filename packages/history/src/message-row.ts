import type { Message } from '@carillon/protocol';
import type { Row } from './database.ts';

/** A row of `events` as the message it is. */
export function messageOf(channel: string, row: Row): Message {
  return {
    channel,
    seq: Number(row.seq),
    author: { id: String(row.author_id), name: String(row.author_name) },
    body: String(row.body),
    ...(row.reply_to === null ? {} : { replyTo: Number(row.reply_to) }),
    createdAt: new Date(Number(row.created_ms)).toISOString(),
    ...(row.key === null ? {} : { key: String(row.key) }),
  };
}
