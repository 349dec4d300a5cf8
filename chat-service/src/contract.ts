/** The schemas of what goes in and out over HTTP: they validate, and the OpenAPI document is made from them. */
import {
  channelName,
  displayName,
  idempotencyKey,
  message,
  messageBody,
  presenceEvent,
  problemDocument,
  seq,
} from '@carillon/protocol';
import { z } from 'zod';
import { overviewFields } from './read-contract.ts';

/** A phone shows about ten messages at a time: 50 are a few swipes. */
export const DEFAULT_LIMIT = 50;

/** A larger page would keep other requests waiting while it is read and written. */
const MAX_LIMIT = 200;

/** A whole number in a URL: no sign, no blank, no exponent, no hexadecimal, as `Number()` would take. */
export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be from ${minimum} to ${maximum}`);

export const limit = wholeNumber(1, MAX_LIMIT).optional().meta({
  type: 'integer',
  minimum: 1,
  maximum: MAX_LIMIT,
  default: DEFAULT_LIMIT,
  description: 'maximum entries of a page',
});

const beforeSeq = wholeNumber(1, Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ type: 'integer', minimum: 1, description: 'the messages just before this seq' });

export const afterSeq = wholeNumber(0, Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ type: 'integer', minimum: 0, description: 'the entries just after this seq' });

const pathSeq = wholeNumber(1, Number.MAX_SAFE_INTEGER).meta({ type: 'integer', minimum: 1, example: 1 });

export const channelParams = z.object({ channel: channelName.meta({ example: 'lobby' }) });
export const messageParams = channelParams.extend({ seq: pathSeq });

export const messagesQuery = z
  .object({ before: beforeSeq, after: afterSeq, limit })
  .refine(({ before, after }) => before === undefined || after === undefined, {
    path: ['before'],
    message: 'must not come together with after',
    // Reported together with the other errors.
    when: () => true,
  });

export const channelsQuery = z.object({
  after: channelName.optional().meta({ description: 'channels after this name' }),
  limit,
});

export const postHeaders = z.object({
  'Idempotency-Key': idempotencyKey.optional().meta({
    description:
      'a retry with the same key and message returns the first answer, with 200. Without a session or a token, a key of fewer than 22 characters is valid only for the address it comes from',
  }),
});

export const newMessage = z.strictObject({ body: messageBody, replyTo: seq.optional() }).meta({
  id: 'NewMessage',
  description: 'replyTo: seq of a message of the same channel',
  example: { body: 'hello' },
});

export const newSession = z
  .strictObject({ name: displayName })
  .meta({ id: 'NewSession', example: { name: 'Ada' } });

const checkResult = z.object({
  name: z.string().meta({ example: 'postgresql' }),
  status: z.enum(['ok', 'failed', 'not-configured']),
  detail: z.string().meta({ description: 'what was found, in plain words' }),
  ms: z.int().min(0),
});

export const checksAnswer = z
  .object({ ok: z.boolean().meta({ description: 'no check has failed' }), checks: z.array(checkResult) })
  .meta({ id: 'Checks', description: 'In the order in which requests and messages need the components' });

export const messageAnswer = message.meta({ id: 'Message', description: 'Its identity is (channel, seq)' });

export const extent = {
  head: z.int().min(0).meta({ description: 'seq of the newest event, 0 for none' }),
  earliest: z.int().min(1).meta({ description: 'seq of the oldest event still kept, head + 1 for none' }),
};
export const link = z.string().nullable();

export const messagePage = z
  .object({
    channel: z.string(),
    messages: z.array(messageAnswer).meta({ description: 'oldest first' }),
    ...extent,
    next: link.meta({ description: 'path of the page after this one, towards newer' }),
    prev: link.meta({ description: 'path of the page before this one, towards older' }),
  })
  .meta({ id: 'MessagePage' });

export const channelAnswer = z
  .object({
    channel: z.string(),
    ...extent,
    lastAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'when the newest event was committed, if known' }),
    visibility: z.enum(['public', 'private']).optional(),
    topic: z.string().optional().meta({ description: 'empty if there is no topic' }),
    archived: z.boolean().optional().meta({ description: 'it can be read and takes no posts' }),
    ...overviewFields,
  })
  .meta({ id: 'Channel' });

export const channelPage = z
  .object({
    channels: z.array(channelAnswer).meta({ description: 'by name' }),
    next: link.meta({ description: 'path of the page after this one' }),
  })
  .meta({ id: 'ChannelPage' });

export const presenceAnswer = presenceEvent.meta({ id: 'Presence', description: 'who is on a channel' });

export const problemAnswer = problemDocument.meta({ id: 'Problem', description: 'RFC 9457' });
