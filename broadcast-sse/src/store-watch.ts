import type { ExtentWithTimes, History } from '@carillon/history';
import type { ChannelRegistry } from './channel-registry.ts';
import type { Clock } from './clock.ts';
import { type DisplacedStream, displaceReaders } from './displaced.ts';
import type { Feed } from './feed.ts';
import type { Channel } from './stream.ts';

/** The store is asked about this many channels in a single query. */
const EXTENTS_PER_QUERY = 10_000;

/** How the store differs from what this node had: it is another store, it has fewer events than it had, or other events than the bus brought. */
export type ReplacedReason = 'epoch' | 'ahead' | 'other';

interface Host {
  history: Pick<History, 'epoch' | 'extents'>;
  clock: Clock;
  channels: ChannelRegistry;
  feed: Feed;
  /** Called with the number of channels that a replaced store is about. */
  replaced: ((reason: ReplacedReason, channels: number) => void) | undefined;
  /** Begins these streams again, in what the store has now. */
  readmit(displaced: readonly DisplacedStream[]): void;
}

/**
 * Reads the channels' heads from the store, compares the store with what came by the bus, and begins channels anew where the
 * store turns out to be another one or to have other events.
 */
export class StoreWatch {
  readonly #host: Host;
  /** Epoch of the store that the open channels are from. */
  epoch: string;
  /** The store did not answer the last question. */
  away = false;

  constructor(host: Host) {
    this.#host = host;
    this.epoch = host.history.epoch;
  }

  /** Reads the heads of all channels that have readers or are known. Throws if the store is away. */
  async learnAll(): Promise<void> {
    // A channel that began anew may have readers before it is known again.
    const channels = this.#host.channels
      .all()
      .filter(({ known, subscribers }) => known || subscribers.length > 0);
    for (let start = 0; start < channels.length; start += EXTENTS_PER_QUERY) {
      await this.learn(channels.slice(start, start + EXTENTS_PER_QUERY));
    }
  }

  /** Reads the heads of these channels, and has the feed read what is missing here. Throws if the store is away. */
  async learn(channels: readonly Channel[]): Promise<void> {
    const heads = channels.map(({ head }) => head);
    const unverified = channels.map(({ name, head, verification }) => verification.unverified(name, head));
    const extents = await this.#extents(
      channels.map(({ name }) => name),
      unverified.flatMap((each) => each?.stretch ?? []),
    );
    const extentOf = ({ name }: Channel): ExtentWithTimes => extents.get(name) ?? { earliest: 1, head: 0 };
    const { history, channels: registry, feed } = this.#host;
    if (history.epoch !== this.epoch) {
      this.epoch = history.epoch;
      this.#beginAnew('epoch', registry.all());
    } else {
      // The store must have what was known when it was asked, or it went back: it was restored, or a lagging standby took over.
      const lost = channels.filter(
        (channel, index) => extentOf(channel).head < Math.min(heads[index] ?? 0, channel.head),
      );
      this.#beginAnew('ahead', lost, new Map(lost.map((channel) => [channel, extentOf(channel).head])));
      // Of the others the store has as much; whether it has the same events is another question.
      const forged = channels.filter((channel, index) => {
        const asked = unverified[index];
        return (
          asked !== undefined && channel.known && !channel.verification.confirm(asked, extentOf(channel))
        );
      });
      const verified = forged.map((channel) => [channel, channel.verification.upTo] as const);
      this.#beginAnew('other', forged, new Map(verified));
    }
    for (const channel of channels) {
      const extent = extentOf(channel);
      channel.learn(extent);
      feed.expect(channel, extent.head);
    }
  }

  async #extents(...question: Parameters<History['extents']>): Promise<Map<string, ExtentWithTimes>> {
    try {
      const extents = await this.#host.history.extents(...question);
      this.away = false;
      return extents;
    } catch (error) {
      this.away = true;
      throw error;
    }
  }

  /**
   * What is known of these channels does not hold any more: their readers are told where they go on.
   * @param heads the last seq that still holds, for channels of which the store has less.
   */
  #beginAnew(
    reason: ReplacedReason,
    channels: readonly Channel[],
    heads: ReadonlyMap<Channel, number> = new Map(),
  ): void {
    if (channels.length === 0) return;
    const { clock, feed, replaced, readmit } = this.#host;
    replaced?.(reason, channels.length);
    const displaced = displaceReaders(channels, heads, clock.now());
    for (const channel of channels) {
      feed.forget(channel);
      channel.beginAnew(this.epoch);
    }
    readmit(displaced);
  }
}
