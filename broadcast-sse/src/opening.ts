import { jsonFrame, type OpenEvent } from '@carillon/protocol';
import { chunk } from './chunk.ts';
import { cursorOf, resetFrame, withId } from './send.ts';
import type { Start } from './start.ts';
import type { Stream } from './stream.ts';

/**
 * How long a client waits before it reconnects after a cut, ms: drawn anew for each stream, so that clients that were cut
 * together do not reconnect together.
 */
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 1_500;

/**
 * The first chunks of a stream: `open`, and a `reset` for each channel whose cursor was lost. The id comes last:
 * a client that is cut before it has read of its loss is told again.
 * @param starts where the stream starts in each of its channels, in their order.
 * @param now clock ms, for the event's `time`.
 */
export function openingFrames(stream: Stream, starts: readonly Start[], now: number): Buffer {
  const { kind, author, expiresAt } = stream.identity;
  const event: OpenEvent = {
    time: new Date(now).toISOString(),
    channels: {},
    ...(kind !== 'anonymous' && { you: author }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
  for (const { channel, seq } of stream.subscribers)
    event.channels[channel.name] = { head: channel.head, earliest: channel.earliest, from: seq + 1 };
  const resets = resetsOf(stream, starts);
  const retry = Math.round(MIN_RETRY_MS + Math.random() * (MAX_RETRY_MS - MIN_RETRY_MS));
  const id = cursorOf(stream);
  const blocks =
    resets === ''
      ? jsonFrame({ event: 'open', id, retry }, event)
      : jsonFrame({ event: 'open', retry }, event) + withId(resets, id);
  return Buffer.from(chunk(blocks));
}

/**
 * What an open stream is sent when it goes on from other cursors: a `reset` for each channel whose cursor was lost, then its
 * new cursor. Empty if none was lost: the next event has the cursor.
 * @param starts where the stream goes on in each of its channels, in their order.
 */
export function resetFrames(stream: Stream, starts: readonly Start[]): Buffer {
  const resets = resetsOf(stream, starts);
  return Buffer.from(resets === '' ? '' : chunk(withId(resets, cursorOf(stream))));
}

function resetsOf({ subscribers }: Stream, starts: readonly Start[]): string {
  return subscribers
    .map(({ channel, seq }, index) => {
      const reset = starts[index]?.reset;
      return reset === undefined ? '' : resetFrame(channel, reset, seq + 1);
    })
    .join('');
}
