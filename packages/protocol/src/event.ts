import { z } from 'zod';
import { CHANGE_LINE, isChange, type LogEvent } from './change.ts';
import { formatCursor } from './cursor.ts';
import { jsonFrame } from './frame.ts';
import { author } from './message.ts';

/** What goes wrong with a cursor, so that a loss is always said in the stream. */
export const RESET_REASONS = ['expired', 'epoch', 'channels', 'ahead', 'unreadable'] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

const position = z.object({
  head: z.int().min(0).meta({ description: 'seq of the newest event, 0 for none' }),
  earliest: z.int().min(1).meta({ description: 'seq of the oldest event still kept' }),
  from: z.int().min(1).meta({ description: 'seq of the first event this stream will send' }),
});

/** First event of a stream: where each channel stands. It has an id, so a stream cut at once can resume. */
export const openEvent = z.object({
  time: z.iso.datetime().meta({ description: 'the clock of the server' }),
  channels: z.record(z.string(), position).meta({ description: 'each channel of the stream' }),
  you: author.optional().meta({ description: 'who reads; absent without an identity' }),
  expiresAt: z.iso
    .datetime()
    .optional()
    .meta({ description: 'when the stream ends, unless it is opened anew' }),
});
export type OpenEvent = z.infer<typeof openEvent>;

/** Every 15 s: the server's clock and each channel's head, so that a client knows whether it is behind. */
export const heartbeatEvent = z.object({
  time: z.iso.datetime().meta({ description: 'the clock of the server' }),
  heads: z
    .record(z.string(), z.int().min(0))
    .meta({ description: 'seq of the newest event of each channel' }),
  history: z.literal('away').optional().meta({ description: 'the store is away; the stream waits for it' }),
});
export type HeartbeatEvent = z.infer<typeof heartbeatEvent>;

/** Events between the reader's cursor and `from` will not come. */
export const resetEvent = z.object({
  channel: z.string().meta({ description: 'the channel that it is about' }),
  reason: z.enum(RESET_REASONS).meta({ description: 'what happened' }),
  from: z.int().min(1).meta({ description: 'seq the stream goes on with' }),
  head: z.int().min(0).meta({ description: 'seq of the newest event' }),
  history: z.string().meta({ description: 'path where what is kept can be read' }),
});
export type ResetEvent = z.infer<typeof resetEvent>;

/** The node goes down; come back with your cursor after `retry` ms, to any node. */
export const drainEvent = z.object({
  retry: z.int().min(0).meta({ description: 'come back after so many milliseconds' }),
});
export type DrainEvent = z.infer<typeof drainEvent>;

/** People listed in one answer: more than anybody reads at a glance, and some 3 KB. How many there are is `count`. */
export const MAX_LISTED_PEOPLE = 50;

/** Who is on a channel. Not a part of the log: it has no id, and is told again only when it has changed. */
export const presenceEvent = z.object({
  channel: z.string().meta({ description: 'the channel that it is about' }),
  count: z.int().min(0).meta({ description: 'people with a session, each once' }),
  anonymous: z.int().min(0).meta({ description: 'streams open without a session' }),
  people: z
    .array(author)
    .max(MAX_LISTED_PEOPLE)
    .meta({ description: `the first ${MAX_LISTED_PEOPLE} of them, by id` }),
});
export type PresenceEvent = z.infer<typeof presenceEvent>;

/** People listed as typing: one line of a page. */
export const MAX_TYPING_PEOPLE = 5;

/** Who said that they type is typing for this long, ms, unless their message comes first. */
export const TYPING_MS = 5_000;

/** Who types on a channel, the reader too. Not a part of the log: it has no id, and is told only when it has changed. */
export const typingEvent = z.object({
  channel: z.string().meta({ description: 'the channel that it is about' }),
  people: z
    .array(author)
    .max(MAX_TYPING_PEOPLE)
    .meta({ description: `the first ${MAX_TYPING_PEOPLE} of them; empty once the last has stopped` }),
});
export type TypingEvent = z.infer<typeof typingEvent>;

/**
 * The frame of an event of the log on a stream of one channel: it carries the cursor. A message has no `event:` line, so
 * `onmessage` gets it; all changes have the same, and their type in the data.
 */
export function logFrame(epoch: string, event: LogEvent): string {
  const id = formatCursor(epoch, event.seq);
  return jsonFrame(isChange(event) ? { event: CHANGE_LINE, id } : { id }, event);
}

/** The frame of an event of the log on a stream of several channels: the last one of each write has the cursor of all. */
export function sharedLogFrame(event: LogEvent): string {
  return jsonFrame(isChange(event) ? { event: CHANGE_LINE } : {}, event);
}
