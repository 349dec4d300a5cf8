import {
  cursorPrefix,
  formatCursor,
  idEnd,
  jsonFrame,
  type ResetEvent,
  type ResetReason,
} from '@carillon/protocol';
import type { Channel } from './channel.ts';
import type { Slice } from './channel-log.ts';
import { BLOCK_END_CHUNK_BYTES, chunk } from './chunk.ts';
import type { Stream, Subscriber } from './subscriber.ts';

/** The cursor of a whole stream: where each of its channels stands. */
export function cursorOf(stream: Stream): string {
  const [first] = stream.subscribers;
  if (first === undefined) return '';
  const { epoch } = first.channel;
  if (stream.subscribers.length === 1) return formatCursor(epoch, first.seq);
  if (stream.cursorPrefix === '') {
    stream.cursorPrefix = cursorPrefix(
      epoch,
      stream.subscribers.map(({ channel }) => channel.name),
    );
  }
  return stream.cursorPrefix + stream.subscribers.map(({ seq }) => seq).join(',');
}

/** Says in the stream that events are gone, and with which it goes on. */
export function resetFrame(channel: Channel, reason: ResetReason, from: number): string {
  const event: ResetEvent = {
    channel: channel.name,
    reason,
    from,
    head: channel.head,
    history: `/v1/channels/${channel.name}/messages?after=${from - 1}`,
  };
  return jsonFrame({ event: 'reset' }, event);
}

/**
 * Writes the events a cursor has moved over. A stream of one channel gets the shared bytes as they are; one of
 * several gets them with its cursor in the last event, in one write and without copying them.
 */
export function send(stream: Stream, { channel }: Subscriber, slice: Slice, lost: boolean): void {
  if (lost)
    stream.writable = stream.sink.write(Buffer.from(chunk(resetFrame(channel, 'expired', slice.from))));
  stream.writable =
    stream.subscribers.length === 1
      ? stream.sink.write(slice.bytes)
      : stream.sink.writePair(
          slice.bytes.subarray(0, -BLOCK_END_CHUNK_BYTES),
          Buffer.from(chunk(idEnd(cursorOf(stream)))),
        );
}
