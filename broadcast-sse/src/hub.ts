import type { Extent, History } from '@carillon/history';
import { jsonFrame, type Message, parseCursor, type Since } from '@carillon/protocol';
import { Channel } from './channel.ts';
import { LogMemory } from './channel-log.ts';
import type { Clock } from './clock.ts';
import { Feed } from './feed.ts';
import { greeting } from './greeting.ts';
import { Heartbeats } from './heartbeat.ts';
import { Replay } from './replay.ts';
import { Rounds, SLICE_VISITS } from './round.ts';
import { type Start, startAtCursor, startSince } from './start.ts';
import type { Stream, Subscriber } from './subscriber.ts';

/** A channel without readers is kept this long, ms: those who were cut return to its log, not to the store. */
const LINGER_MS = 60_000;

/** Channels without readers that are kept; opening and leaving many must not fill the memory. */
const MAX_LINGERING = 10_000;

/** The store is asked about this many channels in one query. */
const EXTENTS_PER_QUERY = 10_000;

/** What the streams need of the store. */
export type HubHistory = Pick<History, 'epoch' | 'after' | 'extents' | 'seqBefore'>;

/** What a reader asks for. */
export interface Wish {
  /** Distinct names. */
  channels: readonly string[];
  /** The cursor it came with; where it is void, the stream says so and starts by `since`. */
  cursor?: string;
  since: Since;
}

interface Newcomer {
  stream: Stream;
  wish: Wish;
  channels: readonly Channel[];
  /** Already told that the store is away. */
  told: boolean;
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
  readonly replay: Replay;
  readonly rounds: Rounds;
  readonly feed: Feed;
  /** Those who wait for the store to say where they start. */
  #newcomers: Newcomer[] = [];
  #seating = false;
  #polling = false;
  historyAway = false;
  streams = 0;
  /** Readers closed because their bytes no longer moved. */
  stalled = 0;
  readonly resets = new Map<string, number>();

  constructor(history: HubHistory, clock: Clock, memory = new LogMemory()) {
    this.#history = history;
    this.#clock = clock;
    this.#memory = memory;
    this.#heartbeats = new Heartbeats(clock);
    this.replay = new Replay(history, (subscribers) => this.rounds.wake(subscribers));
    this.rounds = new Rounds(clock, this.replay);
    this.feed = new Feed(history, clock, (channel) => this.rounds.due(channel));
  }

  get channels(): number {
    return this.#channels.size;
  }

  get logBytes(): number {
    return this.#memory.bytes;
  }

  /** Whether anybody here reads the channel: what nobody reads need not be parsed. */
  wants(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** Takes messages from the bus. */
  receive(name: string, messages: readonly Message[]): void {
    const channel = this.#channels.get(name);
    if (channel !== undefined) this.feed.receive(channel, messages);
  }

  /** Seats a reader: it hears `open` as soon as the store has said where its channels stand, at best at once. */
  attach(stream: Stream, wish: Wish): void {
    this.streams += 1;
    this.#heartbeats.add(stream);
    const channels = [...wish.channels].sort().map((name) => this.#open(name));
    const newcomer: Newcomer = { stream, wish, channels, told: false };
    const starts = this.#startsNow(newcomer);
    if (starts !== undefined) {
      this.#seat(newcomer, starts);
      return;
    }
    this.#newcomers.push(newcomer);
    this.#clock.soon(() => void this.#seatNewcomers());
  }

  /** The reader has gone. */
  detach(stream: Stream): void {
    if (stream.closed) return;
    stream.closed = true;
    this.streams -= 1;
    this.#heartbeats.remove(stream);
    for (const subscriber of stream.subscribers) subscriber.channel.leave(subscriber, this.#clock.now());
  }

  /** The reader takes bytes again. A round under way will come to it; if there is none, it goes on by itself. */
  drained(stream: Stream): void {
    if (stream.writable || stream.closed) return;
    stream.writable = true;
    for (const subscriber of stream.subscribers) {
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
      const known = [...this.#channels.values()].filter((channel) => channel.known);
      for (let start = 0; start < known.length; start += EXTENTS_PER_QUERY) {
        await this.#learn(known.slice(start, start + EXTENTS_PER_QUERY));
      }
      if (known.length === 0 && this.historyAway) await this.#learn([]);
      if (this.#newcomers.length > 0) void this.#seatNewcomers();
      this.replay.retry();
    } catch {
      this.historyAway = true;
    } finally {
      this.#polling = false;
    }
  }

  /** Sends the heartbeats that are due; to be called every HEARTBEAT_TICK_MS. */
  heartbeat(): void {
    this.#heartbeats.tick(this.historyAway);
  }

  /** Sends every reader elsewhere, each to return at a time of its own within `windowMs`. Resolves when all are told. */
  async drain(windowMs: number): Promise<void> {
    for (const [index, stream] of this.#heartbeats.streams().entries()) {
      const retry = Math.round(Math.random() * windowMs);
      const last = Buffer.from(jsonFrame({ event: 'drain', retry }, { retry }));
      stream.sink.end(stream.writable ? last : undefined);
      this.detach(stream);
      if (index % SLICE_VISITS === SLICE_VISITS - 1)
        await new Promise<void>((next) => this.#clock.soon(next));
    }
  }

  #open(name: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name, this.#history.epoch, this.#memory);
      channel.emptySince = this.#clock.now();
      this.#channels.set(name, channel);
    }
    return channel;
  }

  #closeIdle(): void {
    const empty = [...this.#channels.values()].filter(({ subscribers }) => subscribers.length === 0);
    const wanted = new Set(this.#newcomers.flatMap(({ channels }) => channels));
    const surplus = empty.length - MAX_LINGERING;
    for (const [index, channel] of empty.entries()) {
      const tired = index < surplus || this.#clock.now() - channel.emptySince > LINGER_MS;
      if (!tired || wanted.has(channel)) continue;
      channel.close();
      this.feed.forget(channel);
      this.#channels.delete(channel.name);
    }
  }

  async #learn(channels: readonly Channel[]): Promise<void> {
    const extents = await this.#history.extents(channels.map(({ name }) => name));
    this.historyAway = false;
    for (const channel of channels) {
      const extent: Extent = extents.get(channel.name) ?? { earliest: 1, head: 0 };
      channel.learn(extent);
      this.feed.expect(channel, extent.head);
    }
  }

  /** Where a newcomer starts, if that can be told without asking the store. */
  #startsNow({ channels, wish }: Newcomer): Start[] | undefined {
    if (!channels.every(({ known }) => known)) return undefined;
    const places = this.#placesIn(wish);
    if (places === undefined || 'reset' in places) {
      if (wish.since.kind === 'age') return undefined;
      return channels.map((channel) => ({ ...startSince(wish.since, channel, 0), ...places }));
    }
    // A cursor from another node may be ahead of this one; only the store can tell it from a forged one.
    if (channels.some(({ name, head }) => (places.get(name) ?? 0) > head)) return undefined;
    return channels.map((channel) => startAtCursor(places.get(channel.name) ?? 0, channel));
  }

  #placesIn({
    cursor,
    channels,
  }: Wish): ReadonlyMap<string, number> | { reset: NonNullable<Start['reset']> } | undefined {
    if (cursor === undefined) return undefined;
    const parsed = parseCursor(cursor, this.#history.epoch, channels);
    return parsed.ok ? parsed.positions : { reset: parsed.reason };
  }

  async #seatNewcomers(): Promise<void> {
    if (this.#seating) return;
    this.#seating = true;
    try {
      while (this.#newcomers.length > 0) {
        const newcomers = this.#newcomers;
        this.#newcomers = [];
        await this.#seatAll(newcomers);
        if (this.historyAway) return;
      }
    } finally {
      this.#seating = false;
    }
  }

  /** Seats those who came together, with one question to the store about all their channels. */
  async #seatAll(newcomers: readonly Newcomer[]): Promise<void> {
    const open = newcomers.filter(({ stream }) => !stream.closed);
    try {
      await this.#learn([...new Set(open.flatMap(({ channels }) => channels))]);
      for (const newcomer of open) {
        const starts = this.#startsNow(newcomer) ?? (await this.#startsByStore(newcomer));
        if (!newcomer.stream.closed) this.#seat(newcomer, starts);
      }
    } catch {
      this.historyAway = true;
      for (const newcomer of open) if (newcomer.stream.subscribers.length === 0) this.#keepWaiting(newcomer);
    }
  }

  #keepWaiting(newcomer: Newcomer): void {
    const { stream, channels } = newcomer;
    if (!newcomer.told)
      stream.writable = stream.sink.write(
        this.#heartbeats.frame(
          channels.filter(({ known }) => known),
          true,
        ),
      );
    newcomer.told = true;
    this.#newcomers.push(newcomer);
  }

  /** What `#startsNow` could not tell, just after the store has told of all channels. */
  async #startsByStore({ channels, wish }: Newcomer): Promise<Start[]> {
    const places = this.#placesIn(wish);
    const starts: Start[] = [];
    for (const channel of channels) {
      if (places === undefined || 'reset' in places) {
        const { since } = wish;
        const before = since.kind === 'age' ? await this.#history.seqBefore(channel.name, since.ms) : 0;
        starts.push({ ...startSince(since, channel, before), ...places });
      } else {
        const head = Math.max(channel.head, channel.expected);
        starts.push(startAtCursor(places.get(channel.name) ?? 0, { earliest: channel.earliest, head }));
      }
    }
    return starts;
  }

  #seat({ stream, channels }: Newcomer, starts: readonly Start[]): void {
    const subscribers: Subscriber[] = channels.map((channel, index) => ({
      stream,
      channel,
      seq: starts[index]?.seq ?? channel.head,
      waiting: false,
      place: -1,
    }));
    stream.subscribers = subscribers;
    for (const { reset } of starts) {
      if (reset !== undefined) this.resets.set(reset, (this.resets.get(reset) ?? 0) + 1);
    }
    stream.writable = stream.sink.write(greeting(stream, starts, this.#clock.now()));
    for (const subscriber of subscribers) {
      subscriber.channel.join(subscriber);
      this.rounds.advance(subscriber);
    }
  }
}
