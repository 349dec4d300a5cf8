import { z } from 'zod';
import { author } from './message.ts';

/** Why a cursor cannot be resumed, so that the stream always reports a loss. */
export const RESET_REASONS = ['expired', 'epoch', 'channels', 'ahead', 'unreadable'] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

const position = z.object({
  head: z.int().min(0).meta({ description: 'seq of the newest event, 0 for none' }),
  earliest: z.int().min(1).meta({ description: 'seq of the oldest event still kept' }),
  from: z.int().min(1).meta({ description: 'seq of the first event this stream will send' }),
});

/** First event of a stream: the position of each channel. It has an id, so a stream that is cut at once can resume. */
export const openEvent = z.object({
  time: z.iso.datetime().meta({ description: 'the clock of the server' }),
  channels: z.record(z.string(), position).meta({ description: 'each channel of the stream' }),
  you: author.optional().meta({ description: 'the reader; absent if anonymous' }),
  expiresAt: z.iso
    .datetime()
    .optional()
    .meta({ description: 'when the stream ends; open a new one before that' }),
});
export type OpenEvent = z.infer<typeof openEvent>;

/** Sent every 15 s: the server's clock and each channel's head, so that a client knows whether it is behind. */
export const heartbeatEvent = z.object({
  time: z.iso.datetime().meta({ description: 'the clock of the server' }),
  heads: z
    .record(z.string(), z.int().min(0))
    .meta({ description: 'seq of the newest event of each channel' }),
  history: z
    .literal('away')
    .optional()
    .meta({ description: 'the store is unavailable; the stream waits for it' }),
});
export type HeartbeatEvent = z.infer<typeof heartbeatEvent>;

/** The events between the reader's cursor and `from` will not be sent. */
export const resetEvent = z.object({
  channel: z.string().meta({ description: 'the channel' }),
  reason: z.enum(RESET_REASONS).meta({ description: 'what happened' }),
  from: z.int().min(1).meta({ description: 'seq at which the stream continues' }),
  head: z.int().min(0).meta({ description: 'seq of the newest event' }),
  history: z.string().meta({ description: 'path of the history that is still available' }),
});
export type ResetEvent = z.infer<typeof resetEvent>;

/** The node is shutting down; reconnect to any node with your cursor after `retry` ms. */
export const drainEvent = z.object({
  retry: z.int().min(0).meta({ description: 'reconnect after this many milliseconds' }),
});
export type DrainEvent = z.infer<typeof drainEvent>;

/** People listed in one answer: more than anybody reads at a glance, and about 3 KB. `count` has their full number. */
export const MAX_LISTED_PEOPLE = 50;

/** Who is on a channel. Not part of the log: it has no id, and is sent again only after a change. */
export const presenceEvent = z.object({
  channel: z.string().meta({ description: 'the channel' }),
  count: z.int().min(0).meta({ description: 'number of people with a session, each counted once' }),
  anonymous: z.int().min(0).meta({ description: 'number of streams without a session' }),
  people: z
    .array(author)
    .max(MAX_LISTED_PEOPLE)
    .meta({ description: `the first ${MAX_LISTED_PEOPLE} of them, by id` }),
});
export type PresenceEvent = z.infer<typeof presenceEvent>;

/** People listed as typing: one line of a page. */
export const MAX_TYPING_PEOPLE = 5;

/** How long a person counts as typing, ms, unless the message arrives first. */
export const TYPING_MS = 5_000;

/**
 * Who is typing on a channel, including the reader. Not part of the log: it has no id, and is sent only after a change.
 */
export const typingEvent = z.object({
  channel: z.string().meta({ description: 'the channel' }),
  people: z
    .array(author)
    .max(MAX_TYPING_PEOPLE)
    .meta({ description: `the first ${MAX_TYPING_PEOPLE} of them; empty once nobody is typing any more` }),
});
export type TypingEvent = z.infer<typeof typingEvent>;
