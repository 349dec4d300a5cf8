import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { Replay } from './replay.ts';
import { send } from './send.ts';
import type { Subscriber } from './subscriber.ts';
import type { Traced } from './traced.ts';

/**
 * Readers visited before the process does other work (new connections, posts, health checks, metrics): at 10 to
 * 20 us a write this is 5 to 10 ms.
 */
export const SLICE_VISITS = 500;

/**
 * Rounds that go on for this long without an end, ms: the node is loaded. One round over 10,000 readers takes 100 to 200.
 */
const LOADED_AFTER_MS = 250;

/**
 * Moves cursors to the head. A round visits every subscriber of a channel that has news, in slices; while it runs
 * the log grows, and whoever is visited later, or in the next round, gets more in one write. So the busier
 * the system, the cheaper each delivery, with no timer and no setting.
 */
export class Rounds {
  readonly #clock: Clock;
  readonly #replay: Replay;
  /** Channels with a round under way: one slice each in turn, so that none waits for another's thousands. */
  #channels: Channel[] = [];
  /** Readers to visit one by one: a page they waited for has come. */
  #woken: Subscriber[] = [];
  #running = false;
  /** Since when there was always something to deliver, clock ms. */
  #runningSince = 0;
  rounds = 0;
  deliveries = 0;
  bytes = 0;
  /** Writes to sockets, each of one event or many. */
  writes = 0;

  constructor(clock: Clock, replay: Replay) {
    this.#clock = clock;
    this.#replay = replay;
  }

  /** Whether messages wait: for {@link LOADED_AFTER_MS} there was no moment in which all readers stood at the head. */
  get loaded(): boolean {
    return this.#running && this.#clock.now() - this.#runningSince > LOADED_AFTER_MS;
  }

  /** The channel's log has grown: every subscriber is due. */
  due(channel: Channel): void {
    if (channel.roundAt >= 0) {
      channel.roundAgain = true;
    } else if (channel.subscribers.length > 0) {
      channel.roundAt = 0;
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
   * Takes one reader from its cursor to the head, as far as its connection takes it. Where the bytes
   * have to be read from the store first, it is woken when they are there.
   */
  advance(subscriber: Subscriber): void {
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
      send(stream, subscriber, slice, lost > 0);
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
    // Thousands who catch up leave half of each slice to those who are live.
    const woken = this.#woken.splice(0, this.#channels.length > 0 ? visits / 2 : visits);
    for (const subscriber of woken) if (subscriber.place >= 0) this.advance(subscriber);
    visits -= woken.length;
    const turns = this.#channels;
    this.#channels = [];
    let turn = 0;
    for (; turn < turns.length && visits > 0; turn++) {
      const channel = turns[turn] as Channel;
      visits -= this.#visit(channel, visits);
      if (channel.roundAt >= 0) this.#channels.push(channel);
    }
    // Those that had no turn go before those that had one.
    if (turn < turns.length) this.#channels = turns.slice(turn).concat(this.#channels);
    this.#running = this.#channels.length > 0 || this.#woken.length > 0;
    if (this.#running) this.#clock.soon(this.#run);
  };

  /** One slice of a channel's round. Gives the number of visits it took, at least one. */
  #visit(channel: Channel, visits: number): number {
    const { subscribers, traced } = channel;
    const writesBefore = this.writes;
    const begun = traced === undefined ? 0 : traced.now();
    const start = channel.roundAt;
    const end = Math.min(subscribers.length, start + visits);
    for (let place = start; place < end; place++) {
      const subscriber = subscribers[place];
      if (subscriber !== undefined && subscriber.seq < channel.head) this.advance(subscriber);
    }
    channel.roundAt = end;
    if (traced !== undefined) traced.wrote(this.writes - writesBefore, begun);
    if (end >= subscribers.length) {
      this.rounds += 1;
      if (traced !== undefined) this.#traceRound(channel, traced);
      channel.roundAt = channel.roundAgain ? 0 : -1;
      channel.roundAgain = false;
    }
    return Math.max(1, end - start);
  }

  #traceRound(channel: Channel, traced: Traced): void {
    traced.roundEnded();
    if (traced.idle) channel.traced = undefined;
  }
}
