import { type HeartbeatEvent, jsonFrame } from '@carillon/protocol';
import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import { join, leave } from './place.ts';
import type { Stream } from './subscriber.ts';

/** Every stream hears of the server this often, ms: below the 30 s or 60 s after which proxies cut what is silent. */
export const HEARTBEAT_MS = 15_000;

/** The wheel turns by one slot at a time: streams spread over them at random, so that no tick has them all. */
const SLOTS = 60;

export const HEARTBEAT_TICK_MS = HEARTBEAT_MS / SLOTS;

/** A heartbeat that comes so much after its time is late, ms: the process stood still, or has too much to do. */
const LATE_MS = 1_000;

/** One wheel for the heartbeats of all streams: an idle stream has no timer of its own. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #slots: Stream[][] = Array.from({ length: SLOTS }, () => []);
  readonly #catchUp: ((stream: Stream) => void) | undefined;
  /** When each slot had its heartbeats last, clock ms. */
  readonly #turnedAt: number[];
  #slot = 0;
  /** Streams whose heartbeat came more than {@link LATE_MS} late, each time. */
  late = 0;

  /** `catchUp` tells a stream, in its turn, what it has {@link Stream.missed}. */
  constructor(clock: Clock, catchUp?: (stream: Stream) => void) {
    this.#clock = clock;
    this.#catchUp = catchUp;
    const now = clock.now();
    this.#turnedAt = this.#slots.map((_, slot) => now - HEARTBEAT_MS + slot * HEARTBEAT_TICK_MS);
  }

  add(stream: Stream): void {
    stream.slot = Math.floor(Math.random() * SLOTS);
    join(this.#slotOf(stream), stream);
  }

  remove(stream: Stream): void {
    if (stream.slot >= 0) leave(this.#slotOf(stream), stream);
    stream.slot = -1;
  }

  /** All streams, as they are now. */
  streams(): Stream[] {
    return this.#slots.flat();
  }

  /** Sends the heartbeats of the next slot; to be called every {@link HEARTBEAT_TICK_MS}. */
  tick(historyAway: boolean): void {
    const streams = this.#slots[this.#slot] ?? [];
    const now = this.#clock.now();
    if (now - (this.#turnedAt[this.#slot] ?? now) > HEARTBEAT_MS + LATE_MS) this.late += streams.length;
    this.#turnedAt[this.#slot] = now;
    this.#slot = (this.#slot + 1) % SLOTS;
    const shared = new Map<Channel, Buffer>();
    // Backwards: a stream that closes while it is written to gives its place to one that had its heartbeat.
    for (let place = streams.length - 1; place >= 0; place--) {
      const stream = streams[place];
      if (stream === undefined) continue;
      if (!stream.sink.idle) stream.sink.checkProgress();
      else if (stream.writable) {
        stream.writable = stream.sink.write(this.#frameFor(stream, shared, historyAway));
        if (stream.missed) this.#catchUp?.(stream);
      }
    }
  }

  /** What a stream is told now, outside its turn: that the store is away. */
  frame(channels: readonly Channel[], historyAway: boolean): Buffer {
    const event: HeartbeatEvent = {
      time: new Date(this.#clock.now()).toISOString(),
      heads: Object.fromEntries(channels.map(({ name, head, expected }) => [name, Math.max(head, expected)])),
      ...(historyAway ? { history: 'away' } : {}),
    };
    return Buffer.from(jsonFrame({ event: 'heartbeat' }, event));
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

  #slotOf(stream: Stream): Stream[] {
    return this.#slots[stream.slot] as Stream[];
  }
}
