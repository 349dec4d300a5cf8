import { cursorOf } from './send.ts';
import type { Channel, Stream } from './stream.ts';

/** A stream that was taken out of its channels, since their events are not the store's. */
export interface DisplacedStream {
  stream: Stream;
  /** The cursor it had. */
  cursor: string;
  /** For each channel of which the store has less than the stream had, by name: the last seq that still holds. */
  fellBackTo: ReadonlyMap<string, number>;
}

/**
 * Takes the streams that read any of these channels out of all of their channels.
 * @param heads for channels of which the store has less than this node had: the last seq that still holds. Later events are new
 * to the readers, however many there are when the streams begin again.
 * @param now clock ms.
 */
export function displaceReaders(
  channels: readonly Channel[],
  heads: ReadonlyMap<Channel, number>,
  now: number,
): DisplacedStream[] {
  const streams = new Set(channels.flatMap(({ subscribers }) => subscribers.map(({ stream }) => stream)));
  const displaced = [...streams].map((stream) => ({
    stream,
    cursor: cursorOf(stream),
    fellBackTo: new Map(
      stream.subscribers.flatMap(({ channel, seq }) => {
        const head = heads.get(channel);
        return head === undefined || seq <= head ? [] : [[channel.name, head] as const];
      }),
    ),
  }));
  for (const { subscribers } of streams)
    for (const subscriber of subscribers) subscriber.channel.leave(subscriber, now);
  return displaced;
}
