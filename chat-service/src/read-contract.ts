/** The schemas of read cursors. */
import { LAST_BODY_LENGTH, MAX_UNREAD } from '@carillon/history';
import { channelName, message } from '@carillon/protocol';
import { z } from 'zod';

const counts = {
  unread: z
    .int()
    .min(0)
    .max(MAX_UNREAD)
    .meta({
      description: `messages of others after that, deleted ones left out; ${MAX_UNREAD} stands for as many or more`,
    }),
  mentions: z.int().min(0).max(MAX_UNREAD).meta({ description: 'how many of these mention the caller' }),
};

/** Fields of a channel besides its head and earliest seq. Only callers with an identity get the counts. */
export const overviewFields = {
  last: message
    .optional()
    .meta({ description: `the newest message, its body cut at ${LAST_BODY_LENGTH} characters` }),
  read: z.int().min(0).optional().meta({ description: 'seq up to which the caller has read; 0 for nothing' }),
  unread: counts.unread.optional(),
  mentions: counts.mentions.optional(),
};

export const newRead = z
  .strictObject({ seq: z.int().min(0).max(Number.MAX_SAFE_INTEGER) })
  .meta({ id: 'NewRead', description: 'seq: up to which you have read', example: { seq: 1 } });

export const readAnswer = z
  .object({
    channel: channelName,
    seq: z.int().min(0).meta({ description: 'where your cursor is now: it never moves back' }),
    ...counts,
  })
  .meta({ id: 'Read' });
