import { z } from 'zod';
import { channelName } from './channel.ts';
import { MAX_NAME_LENGTH } from './name-length.ts';
import { shownName } from './shown-name.ts';

/** 64 KiB: a long text, not a file. The same limit applies to a whole request. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Room for a UUID and a prefix; longer keys only cost index space. */
export const MAX_KEY_LENGTH = 255;

/** The position of an event in its channel: 1, 2, 3 …, without gaps. */
export const seq = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/**
 * Why a text cannot be stored unchanged; undefined if it can. PostgreSQL's text holds neither U+0000 nor half a
 * surrogate pair (UTF-8 cannot encode it), and Carillon stores exactly what was sent or refuses it.
 */
export function unstorable(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain U+0000';
  if (!text.isWellFormed()) return 'must be well-formed Unicode (it contains half of a surrogate pair)';
  return undefined;
}

const storableText = z.string().superRefine((text, context) => {
  const reason = unstorable(text);
  if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
});

/** A person's display name. Invisible characters are removed, see {@link shownName}. */
export const displayName = z
  .string()
  .overwrite(shownName)
  .min(1, 'must not be empty')
  .max(MAX_NAME_LENGTH)
  .pipe(storableText)
  .refine((name) => !/\p{Cc}/u.test(name), 'must not contain control characters');

export const messageBody = storableText
  .min(1, 'must not be empty')
  .refine((body) => body === '' || /\S/u.test(body), 'must not be blank')
  .refine((body) => utf8Length(body) <= MAX_BODY_BYTES, `must be at most ${MAX_BODY_BYTES} bytes`);

/** The characters of an `Idempotency-Key`: printable ASCII, as in a header's value. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(MAX_KEY_LENGTH)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** An author: `id` is stable, `name` is displayed. */
export const author = z.object({
  id: z.string().min(1).max(128).meta({ description: 'stable id; use it to compare people' }),
  name: z.string().min(1).max(MAX_NAME_LENGTH).meta({ description: 'display name' }),
});
export type Author = z.infer<typeof author>;

/** People listed by name with a reaction; the count has their full number. */
export const MAX_NAMED_PER_REACTION = 10;

/** An emoji on a message, and who reacted with it. */
export const reaction = z.object({
  emoji: z.string(),
  count: z.int().min(1).meta({ description: 'how many people have this reaction' }),
  people: z.array(author).max(MAX_NAMED_PER_REACTION).meta({ description: 'the first of these people' }),
  mine: z.boolean().optional().meta({ description: 'whether the caller is one of these people' }),
});
export type Reaction = z.infer<typeof reaction>;

/**
 * One message on the wire, in the log and on the bus. It is identified by (channel, seq). It is always in its current
 * state: with the text of its last edit, or without text once it was deleted.
 */
export const message = z.object({
  channel: channelName.meta({ description: 'its channel' }),
  seq: seq.meta({ description: 'its position in the log of its channel' }),
  author: author.meta({ description: 'who wrote it' }),
  body: z
    .string()
    .meta({ description: 'the text as it is now: Markdown; empty once the message was deleted' }),
  replyTo: seq.optional().meta({ description: 'seq of the message that this is a reply to' }),
  createdAt: z.iso.datetime().meta({ description: 'when it was committed' }),
  key: z.string().optional().meta({ description: 'the `Idempotency-Key` that it was posted with' }),
  editedAt: z.iso.datetime().optional().meta({ description: 'when it was last edited' }),
  deletedAt: z.iso.datetime().optional().meta({ description: 'when it was deleted' }),
  changed: seq.optional().meta({
    description: 'seq of the last edit or deletion that this message includes; ignore changes up to this seq',
  }),
  reactions: z
    .array(reaction)
    .optional()
    .meta({ description: 'only in pages of history; in the order they were added' }),
});
export type Message = z.infer<typeof message>;

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return text.length * 3 <= MAX_BODY_BYTES ? text.length : encoder.encode(text).length;
}
