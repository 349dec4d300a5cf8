import type { Message } from '@carillon/protocol';
import type { Appended, Draft } from './history.ts';

/** The message for a draft; `seq` and `createdAt` (ISO 8601) come from the store. */
export function postedOf(
  { channel, author, body, replyTo, key }: Draft,
  seq: number,
  createdAt: string,
): Message {
  return {
    channel,
    seq,
    author,
    body,
    ...(replyTo === undefined ? {} : { replyTo }),
    createdAt,
    ...(key === undefined ? {} : { key }),
  };
}

/** A message in its current state, and the text that it was posted with: empty once it was deleted. */
export interface Original {
  message: Message;
  body: string;
}

/**
 * The answer to a draft whose key identifies this message: the message if it is the same, else a conflict. The text of
 * a deleted message is unknown, so its key alone decides.
 */
export function answerRepeat(draft: Draft, { message, body }: Original): Appended {
  const same = (message.deletedAt !== undefined || draft.body === body) && draft.replyTo === message.replyTo;
  return same ? { outcome: 'repeated', message } : { outcome: 'conflict' };
}
