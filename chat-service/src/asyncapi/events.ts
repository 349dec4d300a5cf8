import { eventLineOf, jsonFrame, type STREAM_EVENTS, type StreamEventName } from '@carillon/protocol';
import type { z } from 'zod';

/** What a client has to know about one event of a stream. */
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
/** Names when the store was created: the part of a cursor before its dot. */
const EPOCH = '6ysdkls2';

/** Every event of a stream, with a description and an example. If a name of the protocol is missing here, this does not compile. */
export const EVENTS: { readonly [Name in StreamEventName]: Described<Name> } = {
  open: {
    title: 'Where each channel stands',
    when: 'The first event of each stream, sent at once. Its `retry:` is how long to wait before you reconnect, in ms.',
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
    title: 'A message was edited',
    when: 'Its author or a moderator edited it. Apply the edit if its seq is greater than `changed` of the message. In a replay, `body` is empty if the message was edited again or deleted later.',
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
    title: 'A message was deleted',
    when: 'Its author or a moderator has deleted it: its text is erased from the log, and a tombstone stays.',
    durable: true,
    example: { type: 'delete', channel: 'lobby', seq: 44, author: ADA, createdAt: AT, target: 42 },
  },
  reaction: {
    title: 'A reaction was added or removed',
    when: '`count` is how many people have this reaction on the message now. Per emoji, the newest event counts.',
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
    title: 'The channel has changed',
    when: 'A moderator gave it a topic, archived it, or made it public or private. It has only the changed fields.',
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
    title: 'A message was pinned or unpinned',
    when: 'A moderator did it. The pinned messages of a channel are at `GET …/pins`; deleting a message unpins it.',
    durable: true,
    example: { type: 'pin', channel: 'lobby', seq: 47, author: BOB, createdAt: AT, message: 42, op: 'add' },
  },
  heartbeat: {
    title: 'The connection is alive',
    when: 'Every 15 s, or as often as `?heartbeat=` says. If your last seq is lower than `heads`, you are behind. If you receive nothing for 40 s, reconnect with the cursor.',
    durable: false,
    example: { time: AT, heads: { lobby: 46 } },
  },
  presence: {
    title: 'Who is on the channel',
    when: 'At the start and when the list changes, at most once a second, and less often on channels with many readers. Not sent while the node is overloaded.',
    durable: false,
    example: { channel: 'lobby', count: 2, anonymous: 5, people: [BOB, ADA] },
  },
  typing: {
    title: 'Who is typing on the channel',
    when: 'When the list changes, at most once a second. Not sent while the node is overloaded. Five seconds after the last call, the list is empty. Remove from it yourself and the authors of new messages.',
    durable: false,
    example: { channel: 'lobby', people: [BOB] },
  },
  reset: {
    title: 'Events are no longer available',
    when: 'You will not get those between your cursor and `from`: they are no longer kept, or the cursor is from another server. You can read what is kept at `history`.',
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
    title: 'Reconnect to another node',
    when: 'The last event of the stream: the node shuts down, or the stream has reached its maximum age. Reconnect after `retry` ms with your cursor, to any node.',
    durable: false,
    example: { retry: 1_350 },
  },
  denied: {
    title: 'You may no longer read this',
    when: 'The last event of the stream. Do not reconnect automatically: `reason` says whether another token helps.',
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
