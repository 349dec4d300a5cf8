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

/** The name of a type of change: one word. */
const MAX_TYPE_LENGTH = 64;

const change = {
  channel: channelName.meta({ description: 'its channel' }),
  seq: seq.meta({ description: 'its place in the log of its channel' }),
  author: author.meta({ description: 'who did it' }),
  createdAt: z.iso.datetime().meta({ description: 'when it was committed' }),
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
  op: z.enum(['add', 'remove']).meta({ description: 'put, or taken back' }),
  count: z.int().min(0).meta({ description: 'how many people have put it, after this' }),
});

/** What a channel is called to be about, whether it takes posts, and who may read it: what of that has changed. */
export const channelEvent = z.object({
  type: z.literal('channel'),
  ...change,
  topic: z.string().optional().meta({ description: 'what it is about; empty where that was taken away' }),
  archived: z.boolean().optional().meta({ description: 'whether it takes no more messages' }),
  visibility: z
    .enum(['public', 'private'])
    .optional()
    .meta({ description: 'who may read it: everybody, or its members' }),
});

/**
 * A message was pinned in its channel, or taken off again. Its seq is not called `target`: pages of before 2026-12 would show the
 * message as deleted (decision 0039).
 */
export const pinEvent = z.object({
  type: z.literal('pin'),
  ...change,
  message: seq.meta({ description: 'seq of the message that it is about' }),
  op: z.enum(['add', 'remove']).meta({ description: 'pinned, or taken off' }),
});

/**
 * Every type of change, by its name. `erases`: it takes a text away, so what was read or encoded before it may hold that text.
 * A type that is not here may still come, from a newer Carillon: see {@link isKnownChange}.
 */
export const CHANGES = {
  edit: { event: editEvent, erases: true },
  delete: { event: deleteEvent, erases: true },
  reaction: { event: reactionEvent, erases: false },
  channel: { event: channelEvent, erases: false },
  pin: { event: pinEvent, erases: false },
} as const;

export type ChangeType = keyof typeof CHANGES;

/**
 * What stands in the `event:` line of every change, whatever its type: a client that listens to it hears of each type that there is and
 * will be, and its place moves. It is the name that clients knew before for one of the types.
 */
export const CHANGE_LINE = 'channel';

/** What happens in a channel beside messages: an event of its log, with a seq of its own. */
export type Change = { [Type in ChangeType]: z.infer<(typeof CHANGES)[Type]['event']> }[ChangeType];

export const changeEvent: z.ZodType<Change> = z.discriminatedUnion(
  'type',
  Object.values(CHANGES).map(({ event }) => event) as [typeof editEvent, ...(typeof pinEvent)[]],
);

/** A change of a type that only a newer Carillon knows: it is passed on as it is, and has its place in the log. */
const unknownChange = z.looseObject({ type: z.string().min(1).max(MAX_TYPE_LENGTH), ...change });

/** An event of a channel's log. A message has no `type`. */
export const logEvent = z.union([changeEvent, message]);
export type LogEvent = Message | Change;

/**
 * Reads an event of a log that comes from elsewhere, by what it says it is: a message is parsed once, and a change never passes for
 * one. A change of an unknown type is given with all its fields; undefined where it is none of these.
 */
export function readLogEvent(value: unknown): LogEvent | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return message.safeParse(value).data;
  const { type } = value;
  const schema = typeof type === 'string' && isChangeType(type) ? CHANGES[type].event : unknownChange;
  return schema.safeParse(value).data as LogEvent | undefined;
}

/** Whether a change is of a type in {@link CHANGES}. One that is not changes nothing, and is passed on. */
export function isKnownChange(event: LogEvent): event is Change {
  return isChange(event) && isChangeType(event.type);
}

export function isChangeType(type: string): type is ChangeType {
  return Object.hasOwn(CHANGES, type);
}

/** Whether an event takes a text away; of a type that is not known that has to be assumed. */
export function erasesText(event: LogEvent): boolean {
  return isChange(event) && (!isKnownChange(event) || CHANGES[event.type].erases);
}

export function isChange(event: LogEvent): event is Change {
  return 'type' in event;
}

export function isMessage(event: LogEvent): event is Message {
  return !isChange(event);
}
