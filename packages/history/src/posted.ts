import type { Message } from '@carillon/protocol';
import type { Appended, Draft } from './history.ts';

/** The message that a draft became: `seq` and `createdAt` (ISO 8601) are what the store gave it. */
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

/** A message as it is now, and the text that it was posted with: empty once it was deleted. */
export interface Original {
  message: Message;
  body: string;
}

/**
 * The answer to a draft whose key names this message: that one where it is the same, a conflict else. Of a message that was deleted
 * nobody can tell any more what it said: the key alone names it.
 */
export function answerRepeat(draft: Draft, { message, body }: Original): Appended {
  const same = (message.deletedAt !== undefined || draft.body === body) && draft.replyTo === message.replyTo;
  return same ? { outcome: 'repeated', message } : { outcome: 'conflict' };
}
