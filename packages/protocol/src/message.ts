import { z } from 'zod';
import { channelName } from './channel.ts';
import { MAX_NAME_LENGTH } from './name-length.ts';
import { shownName } from './shown-name.ts';

/** 64 KiB: a long text, not a file. The same bound holds for a request as a whole. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Room for a UUID and a prefix of the caller's own; longer keys only cost index space. */
export const MAX_KEY_LENGTH = 255;

/** The position of an event in its channel: 1, 2, 3 …, without holes. */
export const seq = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/**
 * Says why a text cannot be kept as it is, or undefined where it can. PostgreSQL's text holds neither U+0000
 * nor half a surrogate pair (no UTF-8 has them), and Carillon stores what was sent or refuses it.
 */
export function unstorable(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain U+0000';
  if (!text.isWellFormed()) return 'must be well-formed Unicode (it holds half a surrogate pair)';
  return undefined;
}

const storableText = z.string().superRefine((text, context) => {
  const reason = unstorable(text);
  if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
});

/** What a person may be called: what is not seen is taken from it, see {@link shownName}. */
export const displayName = z
  .string()
  .overwrite(shownName)
  .min(1, 'must not be empty')
  .max(MAX_NAME_LENGTH)
  .pipe(storableText)
  .refine((name) => !/\p{Cc}/u.test(name), 'must not contain control characters');

export const messageBody = storableText
  .min(1, 'must not be empty')
  .refine((body) => body === '' || /\S/u.test(body), 'must not be of blanks alone')
  .refine((body) => utf8Length(body) <= MAX_BODY_BYTES, `must be at most ${MAX_BODY_BYTES} bytes`);

/** The characters an `Idempotency-Key` may have: printable ASCII, as in a header's value. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(MAX_KEY_LENGTH)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** Who said it: `id` is stable, `name` is what is shown. */
export const author = z.object({
  id: z.string().min(1).max(128).meta({ description: 'stays the same; compare people by it' }),
  name: z.string().min(1).max(MAX_NAME_LENGTH).meta({ description: 'what is shown' }),
});
export type Author = z.infer<typeof author>;

/** People named with a reaction; how many there are is its count. */
export const MAX_NAMED_PER_REACTION = 10;

/** An emoji put to a message, and by whom. */
export const reaction = z.object({
  emoji: z.string(),
  count: z.int().min(1).meta({ description: 'how many people have put it' }),
  people: z.array(author).max(MAX_NAMED_PER_REACTION).meta({ description: 'the first of them' }),
  mine: z.boolean().optional().meta({ description: 'the caller is one of them' }),
});
export type Reaction = z.infer<typeof reaction>;

/**
 * One message as it is on the wire, in the log and on the bus. Its identity is (channel, seq). It is what it is now: with
 * the text of its last edit, or without any once it was deleted.
 */
export const message = z.object({
  channel: channelName.meta({ description: 'its channel' }),
  seq: seq.meta({ description: 'its place in the log of its channel' }),
  author: author.meta({ description: 'who said it' }),
  body: z
    .string()
    .meta({ description: 'the text as it is now: Markdown; empty once the message was deleted' }),
  replyTo: seq.optional().meta({ description: 'seq of the message that it answers' }),
  createdAt: z.iso.datetime().meta({ description: 'when it was committed' }),
  key: z.string().optional().meta({ description: 'the `Idempotency-Key` that it was posted with' }),
  editedAt: z.iso.datetime().optional().meta({ description: 'when it was last edited' }),
  deletedAt: z.iso.datetime().optional().meta({ description: 'when it was deleted' }),
  changed: seq.optional().meta({
    description: 'seq of the last edit or deletion that is in it: those up to it change nothing more',
  }),
  reactions: z.array(reaction).optional().meta({ description: 'in pages only; in the order they came' }),
});
export type Message = z.infer<typeof message>;

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return text.length * 3 <= MAX_BODY_BYTES ? text.length : encoder.encode(text).length;
}
