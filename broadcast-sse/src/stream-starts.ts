import type { History } from '@carillon/history';
import { RESET_REASONS, type ResetReason } from '@carillon/protocol';
import { zeroEach } from '@carillon/runtime';
import { Admission, type PendingStream, type StreamRequest } from './admission.ts';
import type { ChannelRegistry } from './channel-registry.ts';
import type { Clock } from './clock.ts';
import type { DisplacedStream } from './displaced.ts';
import type { Heartbeats } from './heartbeat.ts';
import { openingFrames, resetFrames } from './opening.ts';
import type { PresenceFanout } from './presence-fanout.ts';
import { deniedFor, type RequireReadable } from './read-policy.ts';
import type { Rounds } from './round.ts';
import { inSlices, nextTurn } from './slices.ts';
import type { Start } from './start.ts';
import type { StoreWatch } from './store-watch.ts';
import type { Channel, Stream, Subscriber } from './stream.ts';
import type { StreamEndings } from './stream-endings.ts';

interface Host {
  history: Pick<History, 'seqBefore'>;
  clock: Clock;
  channels: ChannelRegistry;
  store: StoreWatch;
  rounds: Rounds;
  heartbeats: Heartbeats;
  endings: StreamEndings;
  presence: PresenceFanout | undefined;
  requireReadable: RequireReadable;
}

/** Begins streams: new ones, and those whose store was replaced. Each gets its cursors and its first events, and joins its channels. */
export class StreamStarts {
  readonly #host: Host;
  readonly #admission: Admission;
  /** Losses that streams were told of as they began, by reason. */
  readonly resets: Record<ResetReason, number> = zeroEach(RESET_REASONS);

  constructor(host: Host) {
    this.#host = host;
    const { history, store, endings, heartbeats, requireReadable } = host;
    this.#admission = new Admission({
      history,
      epoch: () => store.epoch,
      learn: (channels) => store.learn(channels),
      requireReadable: ({ stream, request }) => requireReadable(stream.identity, request.channels),
      deny: ({ stream }, problem) => endings.deny(stream, deniedFor(problem)),
      begin: (pending, starts) => this.#begin(pending, starts),
      notifyAway: ({ stream, channels }) => {
        const known = channels.filter((channel) => channel.known);
        stream.writable = stream.sink.write(heartbeats.frame(known, true));
      },
    });
  }

  /** Channels that a pending stream waits for. */
  get awaited(): Set<Channel> {
    return this.#admission.awaited;
  }

  /** Begins a new stream as soon as the store has said how far its channels are, at best at once. */
  begin(stream: Stream, request: StreamRequest): void {
    const channels = this.#open([...request.channels].sort());
    const begun = this.#admission.admit({ stream, request, channels, notified: false });
    // After those that arrive together: a single question to the store for all of them.
    if (begun === 'waits') this.#host.clock.soon(() => void this.beginPending());
  }

  /** Begins displaced streams again, in slices: it may be all streams of the node. */
  async beginAnew(displaced: readonly DisplacedStream[]): Promise<void> {
    const { clock } = this.#host;
    await nextTurn(clock);
    await inSlices(displaced, clock, ({ stream, cursor, fellBackTo }) => {
      if (stream.closed) return;
      const names = stream.subscribers.map(({ channel }) => channel.name);
      const request: StreamRequest = { channels: names, cursor, since: { kind: 'latest' } };
      const channels = this.#open(names);
      this.#admission.admit({ stream, request, channels, notified: false, fellBackTo });
    });
    await this.beginPending();
  }

  /** Begins the pending streams, as far as the store answers. */
  beginPending(): Promise<void> {
    return this.#admission.admitAll();
  }

  #open(names: readonly string[]): Channel[] {
    const { channels, store } = this.#host;
    return names.map((name) => channels.open(name, store.epoch));
  }

  #begin({ stream, channels }: PendingStream, starts: readonly Start[]): void {
    const { clock, store, rounds, heartbeats, presence } = this.#host;
    const first = stream.subscribers.length === 0;
    const subscribers = subscribe(stream, channels, starts);
    for (const { reset } of starts) {
      if (reset !== undefined) this.resets[reset] += 1;
    }
    stream.writable = stream.sink.write(
      first ? openingFrames(stream, starts, clock.now()) : resetFrames(stream, starts),
    );
    if (store.away) stream.writable = stream.sink.write(heartbeats.frame(channels, true));
    for (const subscriber of subscribers) {
      subscriber.channel.join(subscriber, subscribers.length === 1);
      rounds.advance(subscriber);
    }
    // After the messages: presence is the first to be shed.
    if (first) presence?.joined(stream);
  }
}

/** Gives a stream a cursor in each of these channels, in place of those it had. What it was delivered so far stays counted. */
function subscribe(stream: Stream, channels: readonly Channel[], starts: readonly Start[]): Subscriber[] {
  const delivered = stream.subscribers.reduce((sum, { seq }) => sum + seq, 0) - stream.seqsBefore;
  const subscribers = channels.map((channel, index) => ({
    stream,
    channel,
    seq: starts[index]?.seq ?? channel.head,
    waiting: false,
    index: -1,
  }));
  stream.subscribers = subscribers;
  stream.seqsBefore = subscribers.reduce((sum, { seq }) => sum + seq, 0) - delivered;
  stream.cursorPrefix = '';
  return subscribers;
}
