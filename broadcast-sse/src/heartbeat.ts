import { HEARTBEAT_SECONDS, type HeartbeatEvent, jsonFrame } from '@carillon/protocol';
import { chunk } from './chunk.ts';
import type { Clock } from './clock.ts';
import { addTo, removeFrom } from './indexed-list.ts';
import type { Channel, Stream } from './stream.ts';

/** Each wheel turns by one slot in this time, ms: streams are spread over the slots at random, so that no tick has them all. */
export const HEARTBEAT_TICK_MS = 250;
const TICKS_PER_SECOND = 1_000 / HEARTBEAT_TICK_MS;

/** A heartbeat this long after its time is late, ms: the process stood still, or has too much to do. */
const LATE_MS = 1_000;

/** The heartbeats of all streams: an idle stream has no timer of its own. Streams with the same time between heartbeats share a wheel. */
export class Heartbeats {
  readonly #clock: Clock;
  /** By the time between two heartbeats, s. There are at most {@link HEARTBEAT_SECONDS} wheels. */
  readonly #wheels = new Map<number, Wheel>();
  readonly #catchUp: ((stream: Stream) => void) | undefined;
  /** Streams whose heartbeat came more than {@link LATE_MS} late, each time. */
  late = 0;

  /** `catchUp` sends a stream, in its turn, what it has {@link Stream.missed}. */
  constructor(clock: Clock, catchUp?: (stream: Stream) => void) {
    this.#clock = clock;
    this.#catchUp = catchUp;
  }

  /** From now on the stream gets a heartbeat every `seconds`. */
  add(stream: Stream, seconds = HEARTBEAT_SECONDS): void {
    let wheel = this.#wheels.get(seconds);
    if (wheel === undefined) {
      wheel = new Wheel(seconds, this.#clock.now());
      this.#wheels.set(seconds, wheel);
    }
    stream.heartbeatSeconds = seconds;
    wheel.add(stream);
  }

  remove(stream: Stream): void {
    this.#wheels.get(stream.heartbeatSeconds)?.remove(stream);
  }

  /** All streams, as they are now. */
  streams(): Stream[] {
    return [...this.#wheels.values()].flatMap((wheel) => wheel.streams());
  }

  /** Sends the heartbeats that are due; to be called every {@link HEARTBEAT_TICK_MS}. */
  tick(historyAway: boolean): void {
    const now = this.#clock.now();
    const shared = new Map<Channel, Buffer>();
    for (const wheel of this.#wheels.values()) {
      const { streams, lateMs } = wheel.turn(now);
      if (lateMs > LATE_MS) this.late += streams.length;
      // Backwards: if a stream closes while it is written to, its gap is filled by a stream that had its heartbeat.
      for (let index = streams.length - 1; index >= 0; index--) {
        const stream = streams[index];
        if (stream !== undefined) this.#beat(stream, now, shared, historyAway);
      }
    }
  }

  /** A heartbeat with the heads of these channels, and whether the store is away. */
  frame(channels: readonly Channel[], historyAway: boolean): Buffer {
    const event: HeartbeatEvent = {
      time: new Date(this.#clock.now()).toISOString(),
      heads: Object.fromEntries(channels.map(({ name, head, expected }) => [name, Math.max(head, expected)])),
      ...(historyAway ? { history: 'away' } : {}),
    };
    return Buffer.from(chunk(jsonFrame({ event: 'heartbeat' }, event)));
  }

  #beat(stream: Stream, now: number, shared: Map<Channel, Buffer>, historyAway: boolean): void {
    if (!stream.sink.idle) stream.sink.checkProgress(now);
    else if (stream.writable) {
      stream.writable = stream.sink.write(this.#frameFor(stream, shared, historyAway));
      if (stream.missed) this.#catchUp?.(stream);
    }
  }

  #frameFor({ subscribers }: Stream, shared: Map<Channel, Buffer>, historyAway: boolean): Buffer {
    const [only] = subscribers;
    if (only === undefined || subscribers.length > 1) {
      const channels = subscribers.map(({ channel }) => channel);
      return this.frame(channels, historyAway);
    }
    let bytes = shared.get(only.channel);
    if (bytes === undefined) {
      bytes = this.frame([only.channel], historyAway);
      shared.set(only.channel, bytes);
    }
    return bytes;
  }
}

/** Streams with the same time between heartbeats. */
class Wheel {
  readonly #slots: Stream[][];
  /** When each slot is due, clock ms. */
  readonly #due: number[];
  readonly #periodMs: number;
  #slot = 0;

  constructor(seconds: number, now: number) {
    const slots = Array.from({ length: seconds * TICKS_PER_SECOND }, (_, slot) => slot);
    this.#periodMs = seconds * 1_000;
    this.#slots = slots.map(() => []);
    this.#due = slots.map((slot) => now + (slot + 1) * HEARTBEAT_TICK_MS);
  }

  add(stream: Stream): void {
    stream.slot = Math.floor(Math.random() * this.#slots.length);
    addTo(this.#slots[stream.slot] as Stream[], stream);
  }

  remove(stream: Stream): void {
    if (stream.slot >= 0) removeFrom(this.#slots[stream.slot] as Stream[], stream);
    stream.slot = -1;
  }

  streams(): Stream[] {
    return this.#slots.flat();
  }

  /** The streams whose turn it is at `now`, clock ms, and how late it is, ms. */
  turn(now: number): { streams: readonly Stream[]; lateMs: number } {
    const slot = this.#slot;
    const lateMs = now - (this.#due[slot] ?? now);
    this.#due[slot] = now + this.#periodMs;
    this.#slot = (slot + 1) % this.#slots.length;
    return { streams: this.#slots[slot] ?? [], lateMs };
  }
}
