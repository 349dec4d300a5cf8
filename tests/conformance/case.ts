import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** What the server does on a stream; see README.md. */
const action = z.union([
  z.strictObject({ write: z.string() }),
  z.strictObject({ pieces: z.array(z.string()) }),
  z.strictObject({ base64: z.string() }),
  z.strictObject({
    event: z.string(),
    id: z.string().optional(),
    retry: z.int().optional(),
    data: z.unknown().optional(),
  }),
  z.strictObject({
    messages: z.tuple([z.int(), z.int()]),
    channel: z.string(),
    epoch: z.string().optional(),
    bytes: z.int().optional(),
    lineEnd: z.string().optional(),
  }),
  z.strictObject({ cut: z.literal(true) }),
  z.strictObject({ end: z.literal(true) }),
  z.strictObject({ seen: z.int() }),
  z.strictObject({ waitMs: z.int() }),
  z.strictObject({ repeat: z.int(), everyMs: z.int(), write: z.string() }),
]);
export type Action = z.infer<typeof action>;

const stream = z.strictObject({
  /** The cursor it has to be asked with; null for none. One of several where it is a list. */
  cursor: z.union([z.string(), z.array(z.string()), z.null()]).optional(),
  since: z.string().optional(),
  /** The token that its ticket has to be made with. */
  token: z.string().optional(),
  /** Not sooner than this after the stream before it was begun, milliseconds. */
  notBeforeMs: z.int().optional(),
  status: z.int().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  does: z.array(action).default([]),
});

const answer = z.strictObject({
  cut: z.literal(true).optional(),
  status: z.int().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  json: z.unknown().optional(),
});

export const conformanceCase = z.strictObject({
  title: z.string(),
  /** Of `docs/protocol.md`: what says that it is so. */
  section: z.int(),
  why: z.string(),
  /** What the application asks for. */
  do: z.record(z.string(), z.unknown()),
  /** By channel: what its log holds, for holes that are read. */
  logs: z.record(z.string(), z.strictObject({ earliest: z.int().default(1), head: z.int() })).default({}),
  streams: z.array(stream).default([]),
  /** Of the call that is made, one for each attempt. */
  answers: z.array(answer).default([]),
  /** What the application sees, in this order. */
  sees: z.array(z.record(z.string(), z.unknown())),
  /** Connection states that it sees, in this order; others may come between. */
  states: z.array(z.string()).default([]),
  /** All attempts of a call carry one `Idempotency-Key`. */
  oneKey: z.boolean().default(false),
});
export type ConformanceCase = z.infer<typeof conformanceCase>;

/** All cases, by name of their file. */
export function readCases(): ConformanceCase[] {
  const folder = new URL('cases/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files
    .sort()
    .flatMap((name) =>
      z.array(conformanceCase).parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
    );
}
