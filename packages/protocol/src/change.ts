import { z } from 'zod';
import { channelName } from './channel.ts';
import { author, type Message, message, seq } from './message.ts';

/** One emoji as people see it, however many code points it is made of. */
export const MAX_EMOJI_LENGTH = 64;
export const emoji = z
  .string()
  .max(MAX_EMOJI_LENGTH)
  .refine((text) => ONE_EMOJI.test(text), 'must be one emoji');

/** Unicode's list of those that are for interchange; the flag `v` knows those of several code points. */
const ONE_EMOJI = /^\p{RGI_Emoji}$/v;

/** A line of text. */
export const MAX_TOPIC_LENGTH = 250;

const change = {
  channel: channelName,
  seq,
  author: author.meta({ description: 'who did it' }),
  createdAt: z.iso.datetime(),
};

const target = seq.meta({ description: 'seq of the message that it is about' });

/** A message has another text. Read from the store, it is empty once it is not the message's text any more. */
export const editEvent = z.object({
  type: z.literal('edit'),
  ...change,
  target,
  body: z
    .string()
    .meta({ description: 'the new text; empty once a later edit or a deletion has taken its place' }),
});

/** A message is gone: its text is erased from the log. */
export const deleteEvent = z.object({ type: z.literal('delete'), ...change, target });

/** Somebody put an emoji to a message, or took it back. */
export const reactionEvent = z.object({
  type: z.literal('reaction'),
  ...change,
  target,
  emoji: z.string(),
  op: z.enum(['add', 'remove']),
  count: z.int().min(0).meta({ description: 'how many people have put it, after this' }),
});

/** What a channel is called to be about, whether it takes posts, and who may read it: what of that has changed. */
export const channelEvent = z.object({
  type: z.literal('channel'),
  ...change,
  topic: z.string().optional(),
  archived: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
});

/** What happens in a channel beside messages: an event of its log, with a seq of its own. */
export const changeEvent = z.discriminatedUnion('type', [
  editEvent,
  deleteEvent,
  reactionEvent,
  channelEvent,
]);
export type Change = z.infer<typeof changeEvent>;
export type ChangeType = Change['type'];

/** An event of a channel's log. A message has no `type`. */
export const logEvent = z.union([changeEvent, message]);
export type LogEvent = Message | Change;

export function isChange(event: LogEvent): event is Change {
  return 'type' in event;
}

export function isMessage(event: LogEvent): event is Message {
  return !isChange(event);
}
