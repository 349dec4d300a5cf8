import { frame, jsonFrame, type OpenEvent } from '@carillon/protocol';
import { cursorOf, resetFrame } from './send.ts';
import type { Start } from './start.ts';
import type { Stream } from './subscriber.ts';

/**
 * How long a client waits before it returns after a cut, ms: drawn anew for each stream, so that those who were cut
 * together do not come back together.
 */
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 1_500;

/**
 * The first bytes of a stream: `open`, and a `reset` for each channel whose place was lost. The cursor comes last:
 * a client that is cut before it has read of its loss is told again.
 */
export function greeting(stream: Stream, starts: readonly Start[], now: number): Buffer {
  const { kind, author, expiresAt } = stream.identity;
  const event: OpenEvent = {
    time: new Date(now).toISOString(),
    channels: {},
    ...(kind !== 'anonymous' && { you: author }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
  const resets: string[] = [];
  for (const [index, { channel, seq }] of stream.subscribers.entries()) {
    event.channels[channel.name] = { head: channel.head, earliest: channel.earliest, from: seq + 1 };
    const reset = starts[index]?.reset;
    if (reset !== undefined) resets.push(resetFrame(channel, reset, seq + 1));
  }
  const retry = Math.round(MIN_RETRY_MS + Math.random() * (MAX_RETRY_MS - MIN_RETRY_MS));
  const id = cursorOf(stream);
  if (resets.length === 0) return Buffer.from(jsonFrame({ event: 'open', id, retry }, event));
  return Buffer.from(jsonFrame({ event: 'open', retry }, event) + resets.join('') + frame({ id }));
}
