import { z } from 'zod';
import { channelName } from './channel.ts';
import { author, type Message, message, seq } from './message.ts';

/** One emoji as people see it, whatever its number of code points. */
export const MAX_EMOJI_LENGTH = 64;
export const emoji = z
  .string()
  .max(MAX_EMOJI_LENGTH)
  .refine((text) => ONE_EMOJI.test(text), 'must be one emoji');

/** Unicode's list of emoji for interchange; the flag `v` matches those with several code points. */
const ONE_EMOJI = /^\p{RGI_Emoji}$/v;

/** One line of text. */
export const MAX_TOPIC_LENGTH = 250;

/** The name of a type of change: one word. */
const MAX_TYPE_LENGTH = 64;

const change = {
  channel: channelName.meta({ description: 'its channel' }),
  seq: seq.meta({ description: 'its position in the log of its channel' }),
  author: author.meta({ description: 'who did it' }),
  createdAt: z.iso.datetime().meta({ description: 'when it was committed' }),
};

const target = seq.meta({ description: 'seq of the message that the change is about' });

/** A message was edited. Read from the store, its text is empty if a later edit or deletion replaced it. */
export const editEvent = z.object({
  type: z.literal('edit'),
  ...change,
  target,
  body: z
    .string()
    .meta({ description: 'the new text; empty once a later edit or a deletion has replaced it' }),
});

/** A message was deleted: its text is erased from the log. */
export const deleteEvent = z.object({ type: z.literal('delete'), ...change, target });

/** Somebody added or removed a reaction. */
export const reactionEvent = z.object({
  type: z.literal('reaction'),
  ...change,
  target,
  emoji: z.string(),
  op: z.enum(['add', 'remove']).meta({ description: 'whether the reaction was added or removed' }),
  count: z.int().min(0).meta({ description: 'how many people have this reaction after the change' }),
});

/** The settings of a channel changed: topic, whether it is archived, who may read it. Only the changed ones are set. */
export const channelEvent = z.object({
  type: z.literal('channel'),
  ...change,
  topic: z.string().optional().meta({ description: 'the topic of the channel; empty if it was removed' }),
  archived: z.boolean().optional().meta({ description: 'whether the channel is read-only' }),
  visibility: z
    .enum(['public', 'private'])
    .optional()
    .meta({ description: 'who may read the channel: everybody, or only its members' }),
});

/**
 * A message was pinned or unpinned. Its seq is not called `target`: pages from before 2026-12 would show the message as
 * deleted (decision 0039).
 */
export const pinEvent = z.object({
  type: z.literal('pin'),
  ...change,
  message: seq.meta({ description: 'seq of the message that the change is about' }),
  op: z.enum(['add', 'remove']).meta({ description: 'whether the message was pinned or unpinned' }),
});

/**
 * Every type of change, by its name. `erases`: the change removes a text, so whatever was read or encoded earlier may
 * still contain that text. A newer Carillon may send types that are not listed: see {@link isKnownChange}.
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
 * The `event:` line of every change, whatever its type: a client that listens to it receives every present and future
 * type, and its cursor advances. The name is that of one type, because older clients already knew it.
 */
export const CHANGE_LINE = 'channel';

/** What happens in a channel besides messages: an event of its log, with its own seq. */
export type Change = { [Type in ChangeType]: z.infer<(typeof CHANGES)[Type]['event']> }[ChangeType];

export const changeEvent: z.ZodType<Change> = z.discriminatedUnion(
  'type',
  Object.values(CHANGES).map(({ event }) => event) as [typeof editEvent, ...(typeof pinEvent)[]],
);

/**
 * A change of a type that only a newer Carillon knows: it is passed on unchanged, and keeps its position in the log.
 */
const unknownChange = z.looseObject({ type: z.string().min(1).max(MAX_TYPE_LENGTH), ...change });

/** An event of a channel's log. A message has no `type`. */
export const logEvent = z.union([changeEvent, message]);
export type LogEvent = Message | Change;

/**
 * Parses an event of a log from outside according to its type: a message is parsed once, and a change is never taken
 * for a message. A change of an unknown type keeps all its fields; undefined if the value is neither.
 */
export function readLogEvent(value: unknown): LogEvent | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return message.safeParse(value).data;
  const { type } = value;
  const schema = typeof type === 'string' && isChangeType(type) ? CHANGES[type].event : unknownChange;
  return schema.safeParse(value).data as LogEvent | undefined;
}

/** Whether a change has a type in {@link CHANGES}. Unknown types have no effect, and are passed on. */
export function isKnownChange(event: LogEvent): event is Change {
  return isChange(event) && isChangeType(event.type);
}

/** Whether a text is the name of a type in {@link CHANGES}. */
export function isChangeType(type: string): type is ChangeType {
  return Object.hasOwn(CHANGES, type);
}

/** Whether an event removes a text; assumed for an unknown type. */
export function erasesText(event: LogEvent): boolean {
  return isChange(event) && (!isKnownChange(event) || CHANGES[event.type].erases);
}

/** Whether an event of the log is a change, of a known type or not. */
export function isChange(event: LogEvent): event is Change {
  return 'type' in event;
}

/** Whether an event of the log is a message. */
export function isMessage(event: LogEvent): event is Message {
  return !isChange(event);
}
