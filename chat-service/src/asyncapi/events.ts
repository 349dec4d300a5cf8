import { eventLineOf, jsonFrame, type STREAM_EVENTS, type StreamEventName } from '@carillon/protocol';
import type { z } from 'zod';

/** What a reader of a stream has to know of one of its events. */
interface Described<Name extends StreamEventName> {
  title: string;
  /** When it comes, and what to do with it. */
  when: string;
  /** It is an event of the channel's log: it has a seq, is replayed, and moves the cursor. */
  durable: boolean;
  example: z.input<(typeof STREAM_EVENTS)[Name]>;
}

const ADA = { id: 'kq3vYvX0R4uYB1mJbq8m2A', name: 'Ada' };
const BOB = { id: 'Zs0c1bO6SxyT3q2xwJ1y9w', name: 'Bob' };
const AT = '2026-03-14T09:26:53.589Z';
/** When the store was made; the part of a cursor before its dot. */
const EPOCH = '6ysdkls2';

/** Every event of a stream, in words and by an example. A name that the protocol knows and this does not is an error of types. */
export const EVENTS: { readonly [Name in StreamEventName]: Described<Name> } = {
  open: {
    title: 'Where each channel stands',
    when: 'The first event of each stream, at once. Its `retry:` is after how many ms to come back when cut.',
    durable: false,
    example: { time: AT, channels: { lobby: { head: 41, earliest: 1, from: 42 } }, you: ADA },
  },
  message: {
    title: 'A message',
    when: 'For each message of the channel, in order. It has no `event:` line, so EventSource gives it to `onmessage`.',
    durable: true,
    example: { channel: 'lobby', seq: 42, author: ADA, body: 'Hello, *everybody*', createdAt: AT },
  },
  edit: {
    title: 'A message has another text',
    when: 'Its author or a moderator has edited it. Apply it where its seq is more than `changed` of the message. Replayed, it has an empty `body` once a later edit or the deletion has taken its place.',
    durable: true,
    example: {
      type: 'edit',
      channel: 'lobby',
      seq: 43,
      author: ADA,
      createdAt: AT,
      target: 42,
      body: 'Hello, everybody',
    },
  },
  delete: {
    title: 'A message is gone',
    when: 'Its author or a moderator has deleted it: its text is erased from the log, and a tombstone stays.',
    durable: true,
    example: { type: 'delete', channel: 'lobby', seq: 44, author: ADA, createdAt: AT, target: 42 },
  },
  reaction: {
    title: 'An emoji was put to a message, or taken back',
    when: '`count` is how many people have put it after this; the newest event of an emoji is right.',
    durable: true,
    example: {
      type: 'reaction',
      channel: 'lobby',
      seq: 45,
      author: BOB,
      createdAt: AT,
      target: 42,
      emoji: '🎉',
      op: 'add',
      count: 3,
    },
  },
  channel: {
    title: 'The channel itself has changed',
    when: 'A moderator gave it a topic, archived it, or made it public or private: only what has changed is in it.',
    durable: true,
    example: {
      type: 'channel',
      channel: 'lobby',
      seq: 46,
      author: BOB,
      createdAt: AT,
      topic: 'Whatever comes to mind',
    },
  },
  pin: {
    title: 'A message was pinned, or taken off',
    when: 'A moderator did it. The pinned messages of a channel are at `GET …/pins`; one that is deleted is pinned no more.',
    durable: true,
    example: { type: 'pin', channel: 'lobby', seq: 47, author: BOB, createdAt: AT, message: 42, op: 'add' },
  },
  heartbeat: {
    title: 'The server is there',
    when: 'Every 15 s, or as often as `?heartbeat=` says. If you stand behind `heads`, you are behind. If you hear nothing for 40 s, come back with the cursor.',
    durable: false,
    example: { time: AT, heads: { lobby: 46 } },
  },
  presence: {
    title: 'Who is on the channel',
    when: 'At the start and when that has changed, once a second at most, less often where many read; not while the node is loaded.',
    durable: false,
    example: { channel: 'lobby', count: 2, anonymous: 5, people: [BOB, ADA] },
  },
  typing: {
    title: 'Who types on the channel',
    when: 'When that has changed, once a second at most; not while the node is loaded. Five seconds after the last said so, the list is empty. Drop from it who has sent a message, and yourself.',
    durable: false,
    example: { channel: 'lobby', people: [BOB] },
  },
  reset: {
    title: 'Events are gone',
    when: 'Those between your cursor and `from` will not come: they are kept no more, or the cursor is not of this server. What is kept can be read at `history`.',
    durable: false,
    example: {
      channel: 'lobby',
      reason: 'expired',
      from: 30,
      head: 46,
      history: '/v1/channels/lobby/messages?after=29',
    },
  },
  drain: {
    title: 'Come back elsewhere',
    when: 'The node goes down, or the stream has reached its age: its last event. Come back after `retry` ms with your cursor, to any node.',
    durable: false,
    example: { retry: 1_350 },
  },
  denied: {
    title: 'You may not read this any longer',
    when: 'The last event of the stream. Do not come back by yourself: `reason` says whether another token helps.',
    durable: false,
    example: { reason: 'expired', detail: 'Your session or token has expired. Bring another.' },
  },
};

export const EVENT_NAMES = Object.keys(EVENTS) as StreamEventName[];

/** The example as it is on the wire, on a stream of one channel. */
export function exampleFrame(name: StreamEventName): string {
  const { durable, example } = EVENTS[name];
  const seq = 'seq' in example ? example.seq : 41;
  const event = eventLineOf(name);
  return jsonFrame(
    {
      ...(event !== undefined && { event }),
      ...((durable || name === 'open') && { id: `${EPOCH}.${seq}` }),
      ...(name === 'open' && { retry: 1_000 }),
      ...('retry' in example && { retry: example.retry }),
    },
    example,
  );
}
