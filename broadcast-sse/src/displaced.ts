import type { Channel } from './channel.ts';
import { cursorOf } from './send.ts';
import type { Stream } from './subscriber.ts';

/** A stream that has lost its places. */
export interface Displaced {
  stream: Stream;
  /** Where it stood. */
  cursor: string;
  /** Of channels of which the store has less than it had: how far the store went, by name. */
  fellBackTo: ReadonlyMap<string, number>;
}

/**
 * Takes the streams that read any of these channels out of all of theirs. Where the store went back, `heads` says how far: what comes
 * after it is no part of what they had, however much that is when they are told.
 * @param now clock ms.
 */
export function displaceReaders(
  channels: readonly Channel[],
  heads: ReadonlyMap<Channel, number>,
  now: number,
): Displaced[] {
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
