import { Distribution } from '@carillon/runtime';
import type { Slice } from './channel-log.ts';
import type { Clock } from './clock.ts';
import type { Replay } from './replay.ts';
import { send } from './send.ts';
import { SLICE_VISITS } from './slices.ts';
import type { Channel, Subscriber } from './stream.ts';
import type { TracedEvents } from './traced-events.ts';

/**
 * Rounds that go on for this long without an end, ms: the node is loaded. One round over 10,000 readers takes 100 to 200.
 */
const LOADED_AFTER_MS = 250;

/** Buckets of the time from commit to socket, s; a bucket ends at 1, up to which a delivery is in time. */
const DELIVERY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Buckets of a round's time, s. */
const ROUND_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SUBSCRIBER_BUCKETS = [1, 10, 100, 1_000, 10_000, 100_000];
const BYTES_BUCKETS = [
  256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];

/**
 * Moves cursors to the head. A round visits every subscriber of a channel that has news, in slices; while it runs
 * the log grows, and readers that are visited later, or in the next round, get more in a single write. So the busier
 * the system, the cheaper each delivery, with no timer and no setting.
 */
export class Rounds {
  readonly #clock: Clock;
  readonly #replay: Replay;
  /** Channels with a round under way: a slice each in turn, so that none waits for another's thousands of readers. */
  #channels: Channel[] = [];
  /** Readers to visit singly: the page that they waited for has come. */
  #woken: Subscriber[] = [];
  #running = false;
  /** Since when there was always something to deliver, clock ms. */
  #runningSince = 0;
  /** Events handed to streams, and their bytes. */
  deliveries = 0;
  bytes = 0;
  /** Writes to sockets, each of one event or many. */
  writes = 0;
  /** Readers that were told that the events after their cursor are gone. */
  losses = 0;
  /**
   * From the commit of an event to its write to a socket, s, by the deliveries of rounds. The time is taken once for each slice,
   * when all of it is written: so a delivery counts as some milliseconds later than it was, never as earlier. It leaves out what
   * a reader gets that was away or did not take its bytes: that measures the reader's pace, not ours.
   */
  readonly deliverySeconds = new Distribution(DELIVERY_BUCKETS);
  /** From when a round was due to its last reader, s. */
  readonly roundSeconds = new Distribution(ROUND_BUCKETS);
  /** Readers of the channel at the end of a round. */
  readonly roundSubscribers = new Distribution(SUBSCRIBER_BUCKETS);
  /** Bytes that a round handed to connections. */
  readonly roundBytes = new Distribution(BYTES_BUCKETS);

  constructor(clock: Clock, replay: Replay) {
    this.#clock = clock;
    this.#replay = replay;
  }

  /** Whether messages wait: for {@link LOADED_AFTER_MS} there was no moment in which all readers were at the head. */
  get loaded(): boolean {
    return this.#running && this.#clock.now() - this.#runningSince > LOADED_AFTER_MS;
  }

  /** The channel's log has grown: every subscriber is due. */
  due(channel: Channel): void {
    if (channel.roundAt >= 0) {
      channel.roundAgain = true;
    } else if (channel.subscribers.length > 0) {
      this.#begin(channel);
      this.#channels.push(channel);
      this.#start();
    }
  }

  /** These readers can go on. */
  wake(subscribers: readonly Subscriber[]): void {
    this.#woken = this.#woken.length === 0 ? [...subscribers] : this.#woken.concat(subscribers);
    this.#start();
  }

  /**
   * Moves a reader from its cursor to the head, as far as its connection takes the bytes. If they have to be read from the store
   * first, the reader is woken when they are there. The slices that are written to it are added to `written`, each once.
   */
  advance(subscriber: Subscriber, written?: Slice[]): void {
    const { stream, channel } = subscriber;
    while (stream.writable && !subscriber.waiting && subscriber.seq < channel.head) {
      const single = stream.subscribers.length === 1;
      const slice = channel.logFor(single).after(subscriber.seq) ?? this.#replay.after(subscriber, single);
      if (slice === undefined) return;
      const lost = slice.from - subscriber.seq - 1;
      const lag = channel.head - subscriber.seq;
      if (lag > stream.lagMost) stream.lagMost = lag;
      if (lost > 0) stream.seqsBefore += lost;
      subscriber.seq = slice.to;
      this.deliveries += slice.to - slice.from + 1;
      this.bytes += slice.bytes.length;
      this.writes += 1;
      if (lost > 0) this.losses += 1;
      send(stream, subscriber, slice, lost > 0);
      if (written !== undefined) {
        if (slice.readers === 0) written.push(slice);
        slice.readers += 1;
      }
    }
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#runningSince = this.#clock.now();
    this.#clock.soon(this.#run);
  }

  readonly #run = (): void => {
    let visits = SLICE_VISITS;
    // Thousands of readers that catch up leave half of each slice to live readers.
    const woken = this.#woken.splice(0, this.#channels.length > 0 ? visits / 2 : visits);
    for (const subscriber of woken) if (subscriber.index >= 0) this.advance(subscriber);
    visits -= woken.length;
    const turns = this.#channels;
    this.#channels = [];
    let turn = 0;
    for (; turn < turns.length && visits > 0; turn++) {
      const channel = turns[turn] as Channel;
      visits -= this.#visit(channel, visits);
      if (channel.roundAt >= 0) this.#channels.push(channel);
    }
    // Channels without a turn go before channels that had one.
    if (turn < turns.length) this.#channels = turns.slice(turn).concat(this.#channels);
    this.#running = this.#channels.length > 0 || this.#woken.length > 0;
    if (this.#running) this.#clock.soon(this.#run);
  };

  /** A slice of a channel's round. Returns the number of visits it took, at least one. */
  #visit(channel: Channel, visits: number): number {
    const { subscribers, traced } = channel;
    const writesBefore = this.writes;
    const begun = traced === undefined ? 0 : traced.now();
    const start = channel.roundAt;
    const bytesBefore = this.bytes;
    const written: Slice[] = [];
    const end = Math.min(subscribers.length, start + visits);
    for (let index = start; index < end; index++) {
      const subscriber = subscribers[index];
      if (subscriber !== undefined && subscriber.seq < channel.head) this.advance(subscriber, written);
    }
    if (written.length > 0) this.#observe(channel, written);
    channel.roundBytes += this.bytes - bytesBefore;
    channel.roundAt = end;
    if (traced !== undefined) traced.wrote(this.writes - writesBefore, begun);
    if (end >= subscribers.length) this.#end(channel);
    return Math.max(1, end - start);
  }

  #begin(channel: Channel): void {
    channel.roundAt = 0;
    channel.roundAgain = false;
    channel.roundSince = this.#clock.elapsed();
    channel.roundHead = channel.head;
    channel.roundBytes = 0;
  }

  #end(channel: Channel): void {
    if (channel.traced !== undefined) this.#traceRound(channel, channel.traced);
    this.roundSeconds.observe((this.#clock.elapsed() - channel.roundSince) / 1_000);
    this.roundSubscribers.observe(channel.subscribers.length);
    this.roundBytes.observe(channel.roundBytes);
    // Readers that are still behind this did not take it: they get it late by their own pace.
    channel.commitTimes.settle(channel.roundHead);
    if (channel.roundAgain) this.#begin(channel);
    else channel.roundAt = -1;
  }

  /** Once for all readers of a slice: measuring costs nothing for each reader. */
  #observe({ commitTimes, head, traced }: Channel, written: readonly Slice[]): void {
    const now = this.#clock.now();
    for (const slice of written) {
      // A page of the store may reach further than this node has heard.
      const to = Math.min(slice.to, head);
      for (let seq = Math.max(slice.from, commitTimes.settled + 1); seq <= to; seq++) {
        const seconds = (now - commitTimes.of(seq)) / 1_000;
        this.deliverySeconds.observe(seconds, slice.readers, traced?.traceIn(seq, seq));
      }
      slice.readers = 0;
    }
  }

  #traceRound(channel: Channel, traced: TracedEvents): void {
    traced.roundEnded(channel.name);
    if (traced.idle) channel.traced = undefined;
  }
}
