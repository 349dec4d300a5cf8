import {
  BLOCK_END_BYTES,
  cursorPrefix,
  formatCursor,
  idEnd,
  jsonFrame,
  type ResetEvent,
  type ResetReason,
} from '@carillon/protocol';
import type { Slice } from './channel-log.ts';
import { BLOCK_END_CHUNK_BYTES, chunk } from './chunk.ts';
import type { Channel, Stream, Subscriber } from './stream.ts';

/** The cursor of a whole stream, as clients send it back: how far it has come in each of its channels. Empty before it has begun. */
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

/** The event `reset`: tells a reader that events of a channel are lost, and that it goes on with seq `from`. */
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

/** Gives the last of some blocks an id. */
export function withId(blocks: string, id: string): string {
  return blocks.slice(0, -BLOCK_END_BYTES) + idEnd(id);
}

/**
 * Writes the events of a slice that a cursor has moved over. A stream of one channel gets the shared bytes as they are; a stream
 * of several channels gets them with its cursor in the last event, in a single write and without copying them.
 * @param lost events before the slice are gone: the reader is told first.
 */
export function send(stream: Stream, { channel }: Subscriber, slice: Slice, lost: boolean): void {
  // Nothing may be left after the loss. Then `reset` carries the cursor: no block is of an id alone.
  const nothing = slice.bytes.length === 0;
  if (lost) {
    const reset = resetFrame(channel, 'expired', slice.from);
    const blocks = nothing ? withId(reset, cursorOf(stream)) : reset;
    stream.writable = stream.sink.write(Buffer.from(chunk(blocks)));
  }
  if (nothing) return;
  stream.writable =
    stream.subscribers.length === 1
      ? stream.sink.write(slice.bytes)
      : stream.sink.writePair(
          slice.bytes.subarray(0, -BLOCK_END_CHUNK_BYTES),
          Buffer.from(chunk(idEnd(cursorOf(stream)))),
        );
}
