import { ChannelOf } from './channel.ts';
import type { LogMemory } from './channel-log.ts';
import type { Clock } from './clock.ts';
import type { Channel, Subscriber } from './stream.ts';

/** A channel without readers is kept this long, ms: readers that were cut resume from its log, not from the store. */
const LINGER_MS = 60_000;

/** Channels without readers that are kept: a client that opens and leaves many must not fill the memory. */
const MAX_LINGERING = 10_000;

/** The channels that are open on this node, by name. */
export class ChannelRegistry {
  readonly #clock: Clock;
  /** Memory of the channels' logs. */
  readonly memory: LogMemory;
  readonly #channels = new Map<string, Channel>();

  constructor(clock: Clock, memory: LogMemory) {
    this.#clock = clock;
    this.memory = memory;
  }

  get size(): number {
    return this.#channels.size;
  }

  get(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** All open channels, as they are now. */
  all(): Channel[] {
    return [...this.#channels.values()];
  }

  /** The channel of this name, which is opened if it is not; `epoch` is the store's. */
  open(name: string, epoch: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new ChannelOf<Subscriber>(name, epoch, this.memory);
      channel.emptySince = this.#clock.now();
      this.#channels.set(name, channel);
    }
    return channel;
  }

  /** Closes channels that have had no readers for a minute, unless a stream waits for them. Returns the closed ones. */
  closeIdle(awaited: ReadonlySet<Channel>): Channel[] {
    const empty = this.all().filter(({ subscribers }) => subscribers.length === 0);
    const surplus = empty.length - MAX_LINGERING;
    const now = this.#clock.now();
    const idle = empty.filter(
      (channel, index) => (index < surplus || now - channel.emptySince > LINGER_MS) && !awaited.has(channel),
    );
    for (const channel of idle) {
      channel.close();
      this.#channels.delete(channel.name);
    }
    return idle;
  }
}
