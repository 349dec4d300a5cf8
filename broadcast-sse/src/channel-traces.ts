import type { Tracing } from '@carillon/protocol';
import { Backfilled } from './backfilled.ts';
import type { Channel } from './stream.ts';
import { TracedEvents } from './traced-events.ts';

/** Follows traced events through the channels of this node: a channel has a {@link TracedEvents} while it has any. */
export class ChannelTraces {
  readonly #tracing: Tracing;
  readonly #backfilled = new Backfilled();

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  /** Traced events are about to arrive by the bus; `traces` has their W3C traceparents by seq. */
  arrived(channel: Channel, traces: ReadonlyMap<number, string>): void {
    channel.traced ??= new TracedEvents(this.#tracing, this.#backfilled);
    for (const [seq, traceparent] of traces) channel.traced.arrived(channel, seq, traceparent);
    if (channel.traced.idle) channel.traced = undefined;
  }

  /** A hole of the channel is being read from the store. Returns what to call after the read, with the first seq that was read. */
  fill(channel: Channel): (from: number) => void {
    const start = this.#tracing.now();
    channel.traced?.reads();
    return (from) => {
      channel.traced ??= new TracedEvents(this.#tracing, this.#backfilled);
      channel.traced.filled(channel, from, start);
    };
  }
}
