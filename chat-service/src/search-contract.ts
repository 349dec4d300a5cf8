/** The schemas of search. */
import { MAX_QUERY_LENGTH, type SearchCursor } from '@carillon/history';
import { author, channelName, seq, unstorable } from '@carillon/protocol';
import { z } from 'zod';
import { wholeNumber } from './contract.ts';

/** Default results of a page: a screen of them, three lines each. */
export const DEFAULT_RESULTS = 20;
const MAX_RESULTS = 50;

/** Characters of an author's id, and of a cursor: nine numbers. */
const MAX_AUTHOR_LENGTH = 128;
const MAX_CURSOR_LENGTH = 256;

const whole = z.int().min(0);
const position = z.tuple([whole, whole, whole]);

/** The content of a cursor: where the window begins and ends, and the last result of the page before. */
const cursorFields = z.tuple([whole, position, position.nullable(), z.int().nullable(), position.nullable()]);

/** Encodes a cursor as an opaque string. */
export function formatSearchCursor({ now, top, bottom, last }: SearchCursor): string {
  const fields = [now, top, bottom ?? null, last?.score ?? null, last?.position ?? null];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

function parseSearchCursor(text: string): SearchCursor | undefined {
  try {
    const read = cursorFields.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (!read.success) return undefined;
    const [now, top, bottom, score, last] = read.data;
    return {
      now,
      top,
      ...(bottom !== null && { bottom }),
      ...(score !== null && last !== null && { last: { score, position: last } }),
    };
  } catch {
    return undefined;
  }
}

export const searchQuery = z.object({
  q: z
    .string('must have a word to search for')
    .min(1, 'must have a word to search for')
    .max(MAX_QUERY_LENGTH)
    .meta({
      description:
        'all of these words; `"in this order"`, `-without`, `this or that`; the last word may be a beginning, unless a space follows it',
      example: 'release notes',
    }),
  channel: channelName.optional().meta({ description: 'only in this channel' }),
  author: z
    .string()
    .min(1)
    .max(MAX_AUTHOR_LENGTH)
    .refine((id) => unstorable(id) === undefined, 'is not a valid id')
    .optional()
    .meta({ description: 'only by the author with this id' }),
  before: z.iso
    .datetime({ offset: true, message: 'must be a time as in 2026-01-31T12:00:00Z' })
    .transform((text) => Date.parse(text))
    .optional()
    .meta({ type: 'string', format: 'date-time', description: 'only what was posted before this time' }),
  limit: wholeNumber(1, MAX_RESULTS).optional().meta({
    type: 'integer',
    minimum: 1,
    maximum: MAX_RESULTS,
    default: DEFAULT_RESULTS,
    description: 'maximum results of a page',
  }),
  cursor: z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .transform((text, context) => {
      const cursor = parseSearchCursor(text);
      if (cursor === undefined) context.addIssue({ code: 'custom', message: 'must be what `next` had' });
      return cursor;
    })
    .optional()
    .meta({ type: 'string', description: 'where the page before this one ended: take it from `next`' }),
});

const segment = z.object({
  text: z.string(),
  match: z.literal(true).optional().meta({ description: 'this piece matches the query' }),
});

const searchResult = z
  .object({
    channel: z.string(),
    seq,
    author,
    createdAt: z.iso.datetime(),
    editedAt: z.iso.datetime().optional(),
    replyTo: seq.optional(),
    excerpt: z.array(segment).meta({
      description:
        'the text around what was found, in pieces: plain text, never markup; a cut end is a piece "…"',
    }),
  })
  .meta({ id: 'SearchResult' });

export const searchAnswer = z
  .object({
    results: z.array(searchResult).meta({ description: 'best first; newer ones count for more' }),
    next: z.string().nullable().meta({
      description: 'path of the page after this one; new posts do not change it',
    }),
  })
  .meta({ id: 'SearchPage' });
