/** The schemas of a channel's log and of changes to its messages, as they go in and out over HTTP. */
import { MAX_PINS_PER_CHANNEL } from '@carillon/history';
import { author, changeEvent, emoji, messageBody, seq } from '@carillon/protocol';
import { z } from 'zod';
import { afterSeq, extent, limit, link, messageAnswer, messageParams } from './contract.ts';

export const eventsQuery = z.object({ after: afterSeq, limit });

const changeAnswer = changeEvent.meta({
  id: 'Change',
  description: 'An event of a channel that is not a message. Its identity is (channel, seq)',
});

export const eventPage = z
  .object({
    channel: z.string(),
    events: z.array(z.union([changeAnswer, messageAnswer])).meta({
      description: 'in order of seq, without holes: messages have no `type`, changes have one',
    }),
    ...extent,
    next: link.meta({ description: 'path of the page after this one' }),
  })
  .meta({ id: 'EventPage' });

export const newText = z
  .strictObject({ body: messageBody })
  .meta({ id: 'NewText', example: { body: 'hello' } });

export const reactionParams = messageParams.extend({
  emoji: emoji.meta({ description: 'one emoji, percent-encoded', example: '👍' }),
});

export const pinList = z
  .object({
    channel: z.string(),
    pins: z
      .array(
        z.object({
          message: messageAnswer.meta({ description: 'its current state, without reactions' }),
          author: author.meta({ description: 'who pinned it' }),
          seq: seq.meta({ description: 'seq of the pin' }),
          createdAt: z.iso.datetime().meta({ description: 'when it was pinned' }),
        }),
      )
      .max(MAX_PINS_PER_CHANNEL)
      .meta({ description: 'the last pinned first' }),
  })
  .meta({ id: 'PinList' });

export const revisionsQuery = z.object({ after: afterSeq, limit });

export const revisionPage = z
  .object({
    channel: z.string(),
    seq,
    revisions: z
      .array(
        z.object({
          seq: seq.meta({ description: 'of the message itself, or of the edit' }),
          author: author.meta({ description: 'who wrote this text' }),
          body: z.string(),
          createdAt: z.iso.datetime(),
        }),
      )
      .meta({ description: 'oldest first; empty once the message is deleted' }),
    next: link.meta({ description: 'path of the page after this one' }),
  })
  .meta({ id: 'RevisionPage' });
