import type { History, ToldExtent } from '@carillon/history';
import type { Presence } from '@carillon/presence';
import {
  type DeniedEvent,
  jsonFrame,
  type LogEvent,
  RESET_REASONS,
  type ResetReason,
  type Tracing,
} from '@carillon/protocol';
import { zeroEach } from '@carillon/runtime';
import { Audience, type NewsKind } from './audience.ts';
import { Backfilled } from './backfilled.ts';
import { Channel } from './channel.ts';
import { LogMemory } from './channel-log.ts';
import { chunk } from './chunk.ts';
import type { Clock } from './clock.ts';
import { type Displaced, displaceReaders } from './displaced.ts';
import { Expiry } from './expiry.ts';
import { Feed } from './feed.ts';
import { greeting, newPlaces } from './greeting.ts';
import { deniedFor, type MayRead } from './guard.ts';
import { Heartbeats } from './heartbeat.ts';
import { Readers } from './readers.ts';
import { Replay } from './replay.ts';
import { Rounds, SLICE_VISITS } from './round.ts';
import { type Newcomer, Seating, type Wish } from './seating.ts';
import type { Start } from './start.ts';
import { END_REASONS, type EndReason, type Stream, type Subscriber } from './subscriber.ts';
import { Traced } from './traced.ts';

/** A channel without readers is kept this long, ms: those who were cut return to its log, not to the store. */
const LINGER_MS = 60_000;

/** Channels without readers that are kept; opening and leaving many must not fill the memory. */
const MAX_LINGERING = 10_000;

/** The store is asked about this many channels in one query. */
const EXTENTS_PER_QUERY = 10_000;

/** Streams that were opened together end at times of their own: after this part of their greatest age, or later. */
const LEAST_AGE = 0.8;

/** A stream that has reached its age is to come back after this, ms: at once, for no others come with it. */
const RETRY_AGED_MS = 100;

const NONE_SHED = Object.freeze({ presence: 0, typing: 0 });

/** Who has another session by then, or a new token, comes back with the cursor. */
const EXPIRED: DeniedEvent = { reason: 'expired', detail: 'Your session or token has expired.' };

/** What the streams need of the store. */
export type HubHistory = Pick<History, 'epoch' | 'after' | 'extents' | 'seqBefore'>;

/** What a hub is made of. */
export interface HubParts {
  history: HubHistory;
  clock: Clock;
  /** Of the channels' logs. */
  memory?: LogMemory | undefined;
  /** Without it nobody is told who is here. */
  presence?: Presence | undefined;
  /** Without it everybody may read everything. */
  mayRead?: MayRead | undefined;
  /** What a stream's age may be, ms. Without it a stream has no end of its own. */
  maxAgeMs?: number | undefined;
  watchers?: HubWatchers | undefined;
}

/** Who is told of what happens here. */
export interface HubWatchers {
  /** Records the way of those events that are traced. */
  tracing?: Tracing | undefined;
  /** Told of each stream that has ended. */
  ended?: ((stream: Stream, reason: EndReason) => void) | undefined;
  /**
   * Told that the store is another one (`epoch`), that it has less than it had (`ahead`), or other events than the bus told of
   * (`other`), and of how many channels that is so.
   */
  replaced?: ((reason: 'epoch' | 'ahead' | 'other', channels: number) => void) | undefined;
}

/**
 * A node's channels and streams together: opens and closes channels, seats newcomers, and keeps asking the store
 * for heads, so that a dead bus costs about a second and no message.
 */
export class Hub {
  readonly #history: HubHistory;
  readonly #clock: Clock;
  readonly #memory: LogMemory;
  readonly #channels = new Map<string, Channel>();
  readonly #heartbeats: Heartbeats;
  readonly #expiry: Expiry;
  readonly #audience: Audience | undefined;
  readonly readers = new Readers();
  readonly replay: Replay;
  readonly rounds: Rounds;
  readonly feed: Feed;
  readonly #seating: Seating;
  /** Of the store that the streams are from. Where it is replaced they begin anew. */
  #epoch: string;
  #polling = false;
  historyAway = false;
  streams = 0;
  /** Streams that were opened so far, and that ended. */
  opened = 0;
  readonly ended: Record<EndReason, number> = zeroEach(END_REASONS);
  readonly #resets: Record<ResetReason, number> = zeroEach(RESET_REASONS);
  readonly #watchers: HubWatchers;
  readonly #maxAgeMs: number;
  readonly #backfilled = new Backfilled();

  constructor({
    history,
    clock,
    memory = new LogMemory(),
    presence,
    mayRead = () => undefined,
    maxAgeMs = Number.POSITIVE_INFINITY,
    watchers = {},
  }: HubParts) {
    this.#watchers = watchers;
    this.#maxAgeMs = maxAgeMs;
    this.#history = history;
    this.#epoch = history.epoch;
    this.#clock = clock;
    this.#memory = memory;
    const audience =
      presence &&
      new Audience(
        presence,
        clock,
        (name) => this.#channels.get(name),
        () => this.rounds.loaded,
      );
    this.#audience = audience;
    this.#heartbeats = new Heartbeats(clock, (stream) => audience?.catchUp(stream));
    this.#expiry = new Expiry(clock.now());
    this.replay = new Replay(history, (subscribers) => this.rounds.wake(subscribers));
    this.rounds = new Rounds(clock, this.replay);
    this.#seating = new Seating({
      history,
      epoch: () => this.#epoch,
      learn: (channels) => this.#learn(channels),
      mayRead: ({ stream, wish }) => mayRead(stream.identity, wish.channels),
      deny: ({ stream }, problem) => this.deny(stream, deniedFor(problem)),
      seat: (newcomer, starts) => this.#seat(newcomer, starts),
      tellAway: ({ stream, channels }) => {
        const known = channels.filter((channel) => channel.known);
        stream.writable = stream.sink.write(this.#heartbeats.frame(known, true));
      },
    });
    const { tracing } = watchers;
    this.feed = new Feed(
      history,
      clock,
      (channel) => {
        channel.traced?.grown(channel);
        this.rounds.due(channel);
      },
      tracing && ((channel) => this.#traceFill(channel, tracing)),
    );
  }

  get channels(): number {
    return this.#channels.size;
  }

  get logBytes(): number {
    return this.#memory.bytes;
  }

  /** What the logs may take. */
  get logLimit(): number {
    return this.#memory.limit;
  }

  /** Streams that were told of a loss, by reason: as they began, or on their way. */
  get resets(): Readonly<Record<ResetReason, number>> {
    return { ...this.#resets, expired: this.#resets.expired + this.rounds.losses };
  }

  /** Heartbeats that came late. */
  get heartbeatsLate(): number {
    return this.#heartbeats.late;
  }

  /** Events that were told late or never since messages had to go first, by kind. */
  get shed(): Readonly<Record<NewsKind, number>> {
    return this.#audience?.shed ?? NONE_SHED;
  }

  /** Whether anybody here reads the channel: what nobody reads need not be parsed. */
  wants(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** Takes events from the bus, and what is known of their traces. */
  receive(name: string, events: readonly LogEvent[], traces?: ReadonlyMap<number, string>): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    if (traces !== undefined) this.#trace(channel, traces);
    this.feed.receive(channel, events);
    this.#audience?.said(channel, events);
  }

  /** Seats a reader: it hears `open` as soon as the store has said where its channels stand, at best at once. */
  attach(stream: Stream, wish: Wish): void {
    this.streams += 1;
    this.opened += 1;
    stream.holder?.take();
    this.#heartbeats.add(stream, wish.heartbeatSeconds);
    this.#endLater(stream);
    this.readers.add(stream);
    const channels = [...wish.channels].sort().map((name) => this.#open(name));
    const seated = this.#seating.take({ stream, wish, channels, told: false });
    // After those that arrive together: one question to the store for all of them.
    if (seated === 'waits') this.#clock.soon(() => void this.#seating.seatAll());
  }

  /** The reader has gone, or goes. */
  detach(stream: Stream, reason: EndReason = 'left'): void {
    if (stream.closed) return;
    stream.closed = true;
    this.streams -= 1;
    this.ended[reason] += 1;
    this.#watchers.ended?.(stream, reason);
    stream.holder?.release();
    this.#heartbeats.remove(stream);
    this.#expiry.remove(stream);
    this.readers.remove(stream);
    for (const subscriber of stream.subscribers) subscriber.channel.leave(subscriber, this.#clock.now());
    this.#audience?.left(stream);
  }

  /** The reader takes bytes again. A round under way will come to it; if there is none, it goes on by itself. */
  drained(stream: Stream): void {
    if (stream.writable || stream.closed) return;
    stream.writable = true;
    for (const subscriber of stream.subscribers) {
      // It waits for another place.
      if (subscriber.place < 0) continue;
      if (subscriber.channel.roundAt >= 0) subscriber.channel.roundAgain = true;
      else this.rounds.advance(subscriber);
    }
  }

  /** Asks the store how far its channels are; to be called about once a second. */
  async poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    this.#closeIdle();
    try {
      // One that began anew may have readers before it is known again.
      const known = [...this.#channels.values()].filter(
        ({ known, subscribers }) => known || subscribers.length > 0,
      );
      for (let start = 0; start < known.length; start += EXTENTS_PER_QUERY) {
        await this.#learn(known.slice(start, start + EXTENTS_PER_QUERY));
      }
      this.replay.retry();
      void this.#seating.seatAll();
    } catch {
      // Said by `historyAway`; the next poll asks again.
    } finally {
      this.replay.forgetGone();
      this.#polling = false;
    }
  }

  /** Sends the heartbeats that are due; to be called every HEARTBEAT_TICK_MS. */
  heartbeat(): void {
    this.#heartbeats.tick(this.historyAway);
  }

  /**
   * Ends the streams whose identity has expired, and sends back those that have reached their age; to be called every
   * EXPIRY_TICK_MS. In slices: thousands may have come with one token.
   */
  async endExpired(): Promise<void> {
    const now = this.#clock.now();
    for (const [index, stream] of this.#expiry.expired(now).entries()) {
      const { expiresAt } = stream.identity;
      if (expiresAt !== undefined && expiresAt <= now) this.deny(stream, EXPIRED);
      else this.#sendAway(stream, RETRY_AGED_MS, 'age');
      if (index % SLICE_VISITS === SLICE_VISITS - 1)
        await new Promise<void>((next) => this.#clock.soon(next));
    }
  }

  /** Ends a stream for good: says why, as far as its reader takes it, and cuts the connection. */
  deny(stream: Stream, event: DeniedEvent): void {
    if (stream.closed) return;
    const last = Buffer.from(chunk(jsonFrame({ event: 'denied' }, event)));
    // A reader that does not hear why is refused when it returns.
    if (stream.writable) stream.sink.end(last);
    else stream.sink.cut();
    this.detach(stream, event.reason);
  }

  /** All streams that are open here, those that wait for the store among them. */
  openStreams(): Stream[] {
    return this.#heartbeats.streams();
  }

  /** Those of its streams that have begun to read a channel. */
  streamsOf(channel: string): Stream[] {
    return (this.#channels.get(channel)?.subscribers ?? []).map(({ stream }) => stream);
  }

  /** Sends every reader elsewhere, each to return at a time of its own within `windowMs`. Resolves when all are told. */
  async drain(windowMs: number): Promise<void> {
    for (const [index, stream] of this.#heartbeats.streams().entries()) {
      this.#sendAway(stream, Math.round(Math.random() * windowMs), 'drain');
      if (index % SLICE_VISITS === SLICE_VISITS - 1)
        await new Promise<void>((next) => this.#clock.soon(next));
    }
  }

  /** Whichever comes first: the end of its identity, or of its age. */
  #endLater(stream: Stream): void {
    const { expiresAt = Number.POSITIVE_INFINITY } = stream.identity;
    const age = this.#maxAgeMs * (LEAST_AGE + Math.random() * (1 - LEAST_AGE));
    const endsAt = Math.min(expiresAt, this.#clock.now() + age);
    if (Number.isFinite(endsAt)) this.#expiry.add(stream, endsAt);
  }

  /** Ends a stream whose reader is to come back, to this node or another, `retry` ms later. */
  #sendAway(stream: Stream, retry: number, reason: 'age' | 'drain'): void {
    const last = Buffer.from(chunk(jsonFrame({ event: 'drain', retry }, { retry })));
    stream.sink.cut(stream.writable ? last : undefined);
    this.detach(stream, reason);
  }

  #trace(channel: Channel, traces: ReadonlyMap<number, string>): void {
    const { tracing } = this.#watchers;
    if (tracing === undefined) return;
    channel.traced ??= new Traced(tracing, this.#backfilled);
    for (const [seq, traceparent] of traces) channel.traced.arrived(channel, seq, traceparent);
    if (channel.traced.idle) channel.traced = undefined;
  }

  #traceFill(channel: Channel, tracing: Tracing): (from: number) => void {
    const start = tracing.now();
    channel.traced?.reads();
    return (from) => {
      channel.traced ??= new Traced(tracing, this.#backfilled);
      channel.traced.filled(channel, from, start);
    };
  }

  #open(name: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name, this.#epoch, this.#memory);
      channel.emptySince = this.#clock.now();
      this.#channels.set(name, channel);
    }
    return channel;
  }

  #closeIdle(): void {
    const empty = [...this.#channels.values()].filter(({ subscribers }) => subscribers.length === 0);
    const { awaited } = this.#seating;
    const surplus = empty.length - MAX_LINGERING;
    for (const [index, channel] of empty.entries()) {
      const tired = index < surplus || this.#clock.now() - channel.emptySince > LINGER_MS;
      if (!tired || awaited.has(channel)) continue;
      channel.close();
      this.feed.forget(channel);
      this.#channels.delete(channel.name);
    }
  }

  async #learn(channels: readonly Channel[]): Promise<void> {
    const heads = channels.map(({ head }) => head);
    const doubts = channels.map(({ name, head, vouched }) => vouched.doubt(name, head));
    let extents: Map<string, ToldExtent>;
    try {
      extents = await this.#history.extents(
        channels.map(({ name }) => name),
        doubts.flatMap((doubt) => doubt?.stretch ?? []),
      );
    } catch (error) {
      this.historyAway = true;
      throw error;
    }
    this.historyAway = false;
    const extentOf = ({ name }: Channel): ToldExtent => extents.get(name) ?? { earliest: 1, head: 0 };
    if (this.#history.epoch !== this.#epoch) {
      this.#epoch = this.#history.epoch;
      this.#watchers.replaced?.('epoch', this.#channels.size);
      this.#beginAnew([...this.#channels.values()]);
    } else {
      // What was known when the store was asked it must have, or it went back: it was restored, or a standby took over that lagged.
      const lost = channels.filter(
        (channel, index) => extentOf(channel).head < Math.min(heads[index] ?? 0, channel.head),
      );
      if (lost.length > 0) {
        this.#watchers.replaced?.('ahead', lost.length);
        this.#beginAnew(lost, new Map(lost.map((channel) => [channel, extentOf(channel).head])));
      }
      // The others have as much as the store; whether it is the same is another question.
      const forged = channels.filter((channel, index) => {
        const doubt = doubts[index];
        return doubt !== undefined && channel.known && !channel.vouched.confirm(doubt, extentOf(channel));
      });
      if (forged.length > 0) {
        this.#watchers.replaced?.('other', forged.length);
        this.#beginAnew(forged, new Map(forged.map((channel) => [channel, channel.vouched.upTo])));
      }
    }
    for (const channel of channels) {
      const extent = extentOf(channel);
      channel.learn(extent);
      this.feed.expect(channel, extent.head);
    }
  }

  /** These channels are of another store than was thought: their readers are told where they go on. */
  #beginAnew(channels: readonly Channel[], heads: ReadonlyMap<Channel, number> = new Map()): void {
    const displaced = displaceReaders(channels, heads, this.#clock.now());
    for (const channel of channels) {
      this.feed.forget(channel);
      channel.beginAnew(this.#epoch);
    }
    void this.#seatAnew(displaced);
  }

  /** In slices, for it may be all streams of the node. */
  async #seatAnew(displaced: readonly Displaced[]): Promise<void> {
    for (const [index, { stream, cursor, fellBackTo }] of displaced.entries()) {
      if (index % SLICE_VISITS === 0) await new Promise<void>((next) => this.#clock.soon(next));
      if (stream.closed) continue;
      const names = stream.subscribers.map(({ channel }) => channel.name);
      const channels = names.map((name) => this.#open(name));
      const wish: Wish = { channels: names, cursor, since: { kind: 'latest' } };
      this.#seating.take({ stream, wish, channels, told: false, fellBackTo });
    }
    await this.#seating.seatAll();
  }

  #seat({ stream, channels }: Newcomer, starts: readonly Start[]): void {
    const { subscribers: before } = stream;
    const delivered = before.reduce((sum, { seq }) => sum + seq, 0) - stream.seqsBefore;
    const subscribers: Subscriber[] = channels.map((channel, index) => ({
      stream,
      channel,
      seq: starts[index]?.seq ?? channel.head,
      waiting: false,
      place: -1,
    }));
    stream.subscribers = subscribers;
    stream.seqsBefore = subscribers.reduce((sum, { seq }) => sum + seq, 0) - delivered;
    stream.cursorPrefix = '';
    for (const { reset } of starts) {
      if (reset !== undefined) this.#resets[reset] += 1;
    }
    const first = before.length === 0;
    stream.writable = stream.sink.write(
      first ? greeting(stream, starts, this.#clock.now()) : newPlaces(stream, starts),
    );
    if (this.historyAway) stream.writable = stream.sink.write(this.#heartbeats.frame(channels, true));
    for (const subscriber of subscribers) {
      subscriber.channel.join(subscriber);
      this.rounds.advance(subscriber);
    }
    // Behind the messages: who is here is the first to be shed.
    if (first) this.#audience?.joined(stream);
  }
}
