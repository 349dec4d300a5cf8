import type { History } from '@carillon/history';
import type { Presence } from '@carillon/presence';
import type { DeniedEvent, LogEvent, ResetReason, Tracing } from '@carillon/protocol';
import { zeroEach } from '@carillon/runtime';
import type { StreamRequest } from './admission.ts';
import { LogMemory } from './channel-log.ts';
import { ChannelRegistry } from './channel-registry.ts';
import { ChannelTraces } from './channel-traces.ts';
import type { Clock } from './clock.ts';
import { END_REASONS, type EndReason } from './end-reason.ts';
import { Feed } from './feed.ts';
import { Heartbeats } from './heartbeat.ts';
import { type FanoutEvent, PresenceFanout } from './presence-fanout.ts';
import type { RequireReadable } from './read-policy.ts';
import { Replay } from './replay.ts';
import { Rounds } from './round.ts';
import { type ReplacedReason, StoreWatch } from './store-watch.ts';
import type { Stream } from './stream.ts';
import { StreamEndings } from './stream-endings.ts';
import { StreamStarts } from './stream-starts.ts';
import { StreamsByPerson } from './streams-by-person.ts';

const NONE_SHED = Object.freeze({ presence: 0, typing: 0 });

/** What the streams need of the store. */
export type HubHistory = Pick<History, 'epoch' | 'after' | 'extents' | 'seqBefore'>;

/** What a hub is made of. */
export interface HubParts {
  history: HubHistory;
  clock: Clock;
  /** Memory of the channels' logs. */
  memory?: LogMemory | undefined;
  /** Without it there are no presence and typing events. */
  presence?: Presence | undefined;
  /** Without it everybody may read everything. */
  requireReadable?: RequireReadable | undefined;
  /** Maximum age of a stream, ms. Without it a stream has no end of its own. */
  maxAgeMs?: number | undefined;
  watchers?: HubWatchers | undefined;
}

/** What is called when something happens here. */
export interface HubWatchers {
  /** Records the traces of those events that are traced. */
  tracing?: Tracing | undefined;
  /** Called after each stream's end. */
  ended?: ((stream: Stream, reason: EndReason) => void) | undefined;
  /** Called when the store is another one or has other events, with the number of channels that this is about. */
  replaced?: ((reason: ReplacedReason, channels: number) => void) | undefined;
}

/**
 * A node's channels and streams together: opens and closes them, and connects the parts that deliver events. It keeps asking
 * the store for heads, so that a dead bus costs about a second and no message.
 */
export class Hub {
  readonly #clock: Clock;
  readonly #channels: ChannelRegistry;
  readonly #heartbeats: Heartbeats;
  readonly #starts: StreamStarts;
  readonly #endings: StreamEndings;
  readonly #presence: PresenceFanout | undefined;
  readonly #traces: ChannelTraces | undefined;
  readonly #store: StoreWatch;
  readonly #ended: HubWatchers['ended'];
  readonly streamsByPerson = new StreamsByPerson();
  readonly replay: Replay;
  readonly rounds: Rounds;
  readonly feed: Feed;
  #polling = false;
  /** Open streams. */
  streams = 0;
  /** Streams that were opened so far, and that ended. */
  opened = 0;
  readonly ended: Record<EndReason, number> = zeroEach(END_REASONS);

  constructor(parts: HubParts) {
    const { history, clock, memory = new LogMemory(), presence, watchers = {} } = parts;
    const { requireReadable = () => undefined, maxAgeMs = Number.POSITIVE_INFINITY } = parts;
    const { tracing } = watchers;
    this.#clock = clock;
    this.#ended = watchers.ended;
    const channels = new ChannelRegistry(clock, memory);
    this.#channels = channels;
    const fanout =
      presence &&
      new PresenceFanout(
        presence,
        clock,
        (name) => channels.get(name),
        () => this.rounds.loaded,
      );
    this.#presence = fanout;
    this.#heartbeats = new Heartbeats(clock, (stream) => fanout?.catchUp(stream));
    this.#endings = new StreamEndings({
      clock,
      maxAgeMs,
      detach: (stream, reason) => this.detach(stream, reason),
    });
    this.replay = new Replay(history, (subscribers) => this.rounds.wake(subscribers));
    this.rounds = new Rounds(clock, this.replay);
    const traces = tracing && new ChannelTraces(tracing);
    this.#traces = traces;
    this.feed = new Feed(
      history,
      clock,
      (channel) => {
        channel.traced?.grown(channel);
        this.rounds.due(channel);
      },
      traces && ((channel) => traces.fill(channel)),
    );
    this.#store = new StoreWatch({
      history,
      clock,
      channels,
      feed: this.feed,
      replaced: watchers.replaced,
      readmit: (displaced) => void this.#starts.beginAnew(displaced),
    });
    this.#starts = new StreamStarts({
      history,
      clock,
      channels,
      store: this.#store,
      rounds: this.rounds,
      heartbeats: this.#heartbeats,
      endings: this.#endings,
      presence: fanout,
      requireReadable,
    });
  }

  /** Open channels. */
  get channels(): number {
    return this.#channels.size;
  }

  /** Bytes of all channels' logs. */
  get logBytes(): number {
    return this.#channels.memory.bytes;
  }

  /** What the logs may take, bytes. */
  get logLimit(): number {
    return this.#channels.memory.limit;
  }

  /** The store did not answer when it was last asked. */
  get historyAway(): boolean {
    return this.#store.away;
  }

  /** Losses that streams were told of, by reason: as they began, or on their way. */
  get resets(): Readonly<Record<ResetReason, number>> {
    return { ...this.#starts.resets, expired: this.#starts.resets.expired + this.rounds.losses };
  }

  /** Heartbeats that came late. */
  get heartbeatsLate(): number {
    return this.#heartbeats.late;
  }

  /** Presence and typing events that were sent late or never because messages went first. */
  get shed(): Readonly<Record<FanoutEvent, number>> {
    return this.#presence?.shed ?? NONE_SHED;
  }

  /** Whether the channel is open here: events of other channels need not be parsed. */
  wants(channel: string): boolean {
    return this.#channels.get(channel) !== undefined;
  }

  /** Takes a channel's events from the bus, and the W3C traceparents of those that are traced, by seq. */
  receive(name: string, events: readonly LogEvent[], traces?: ReadonlyMap<number, string>): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    if (traces !== undefined) this.#traces?.arrived(channel, traces);
    this.feed.receive(channel, events);
    this.#presence?.received(channel, events);
  }

  /** Opens a stream: it gets `open` as soon as the store has said how far its channels are, at best at once. */
  attach(stream: Stream, request: StreamRequest): void {
    this.streams += 1;
    this.opened += 1;
    stream.quota?.take();
    this.#heartbeats.add(stream, request.heartbeatSeconds);
    this.#endings.add(stream);
    this.streamsByPerson.add(stream);
    this.#starts.begin(stream, request);
  }

  /** The stream has ended, or is about to. */
  detach(stream: Stream, reason: EndReason = 'left'): void {
    if (stream.closed) return;
    stream.closed = true;
    this.streams -= 1;
    this.ended[reason] += 1;
    this.#ended?.(stream, reason);
    stream.quota?.release();
    this.#heartbeats.remove(stream);
    this.#endings.remove(stream);
    this.streamsByPerson.remove(stream);
    for (const subscriber of stream.subscribers) subscriber.channel.leave(subscriber, this.#clock.now());
    this.#presence?.left(stream);
  }

  /** The connection takes bytes again. If a round is under way, it will visit the stream; otherwise the stream goes on now. */
  drained(stream: Stream): void {
    if (stream.writable || stream.closed) return;
    stream.writable = true;
    for (const subscriber of stream.subscribers) {
      // It was displaced, and waits for another cursor.
      if (subscriber.index < 0) continue;
      if (subscriber.channel.roundAt >= 0) subscriber.channel.roundAgain = true;
      else this.rounds.advance(subscriber);
    }
  }

  /** Asks the store for the heads of the channels here; to be called about once a second. */
  async poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    for (const channel of this.#channels.closeIdle(this.#starts.awaited)) this.feed.forget(channel);
    try {
      await this.#store.learnAll();
      this.replay.retry();
      void this.#starts.beginPending();
    } catch {
      // `historyAway` says so; the next poll asks again.
    } finally {
      this.replay.forgetGone();
      this.#polling = false;
    }
  }

  /** Sends the heartbeats that are due; to be called every HEARTBEAT_TICK_MS. */
  heartbeat(): void {
    this.#heartbeats.tick(this.historyAway);
  }

  /** Ends the streams whose identity has expired or that have reached their age; to be called every EXPIRY_TICK_MS. */
  endExpired(): Promise<void> {
    return this.#endings.endExpired();
  }

  /** Ends a stream for good: sends the reason, if its connection takes it, and closes the connection. */
  deny(stream: Stream, event: DeniedEvent): void {
    this.#endings.deny(stream, event);
  }

  /** All open streams, including those that wait for the store. */
  openStreams(): Stream[] {
    return this.#heartbeats.streams();
  }

  /** The channel's streams that have begun. */
  streamsOf(channel: string): Stream[] {
    return (this.#channels.get(channel)?.subscribers ?? []).map(({ stream }) => stream);
  }

  /** Ends all streams; their clients reconnect, each at its own time within `windowMs`. Resolves when all are told. */
  drain(windowMs: number): Promise<void> {
    return this.#endings.drain(this.openStreams(), windowMs);
  }
}
