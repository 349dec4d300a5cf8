import type { Presence } from '@carillon/presence';
import { jsonFrame, type PresenceEvent } from '@carillon/protocol';
import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { Stream } from './subscriber.ts';

/**
 * Presence events that one channel may cost, writes a second: some 1 % of a core. A channel of up to 1,000 readers is
 * told of each second's changes; one of 10,000 every ten seconds.
 */
const WRITES_PER_SECOND = 1_000;

/** Readers told before the process does other work: a fifth of a round's slice, since messages go first. */
const SLICE_VISITS = 100;

/** What the readers of a channel are told. */
interface News {
  readonly channel: Channel;
  /** The newest event; whoever comes hears it first. */
  latest: Buffer;
  /** The event that goes round, or was the last to. */
  current: Buffer | undefined;
  /** Readers it has still to come to; 0 where it does not go round. */
  left: number;
  /** When the next may go round, clock ms. */
  nextAt: number;
  /** It waits for that. */
  waits: boolean;
}

/**
 * Says who comes and goes here, and tells the readers of a channel who is on it. The event is shared bytes, goes round
 * in slices, and is the first to be shed: a reader with anything unsent is passed by.
 */
export class Audience {
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #news = new Map<Channel, News>();
  /** Those that go round. */
  #rounds: News[] = [];
  #running = false;

  /** `channelOf` gives the channel of a name, where it is open here. */
  constructor(presence: Presence, clock: Clock, channelOf: (name: string) => Channel | undefined) {
    this.#presence = presence;
    this.#clock = clock;
    presence.follow((present) => {
      const channel = channelOf(present.channel);
      if (channel !== undefined && channel.subscribers.length > 0) this.#take(channel, present);
    });
  }

  /** A stream got its places: it hears at once what is known, and within a second or so what has changed by it. */
  joined(stream: Stream): void {
    for (const { channel } of stream.subscribers) {
      this.#presence.join(channel.name, stream.person);
      const news = this.#news.get(channel);
      if (news !== undefined && stream.writable) stream.writable = stream.sink.write(news.latest);
    }
  }

  /** A stream left its places. */
  left(stream: Stream): void {
    for (const { channel } of stream.subscribers) {
      this.#presence.leave(channel.name, stream.person);
      if (channel.subscribers.length === 0) this.#news.delete(channel);
    }
  }

  #take(channel: Channel, present: PresenceEvent): void {
    const bytes = Buffer.from(jsonFrame({ event: 'presence' }, present));
    const news = this.#news.get(channel);
    if (news === undefined) {
      const first = { channel, latest: bytes, current: undefined, left: 0, nextAt: 0, waits: false };
      this.#news.set(channel, first);
      this.#goRound(first);
    } else if (!news.latest.equals(bytes)) {
      news.latest = bytes;
      this.#goRound(news);
    }
  }

  /** Starts the newest event on its way, now or when it may; does nothing while one goes round. */
  #goRound(news: News): void {
    const { channel, latest } = news;
    if (news.left > 0 || news.waits || news.current === latest || this.#news.get(channel) !== news) return;
    const now = this.#clock.now();
    if (now < news.nextAt) {
      news.waits = true;
      this.#clock.later(news.nextAt - now, () => {
        news.waits = false;
        this.#goRound(news);
      });
      return;
    }
    news.current = latest;
    news.left = channel.subscribers.length;
    news.nextAt = now + (news.left / WRITES_PER_SECOND) * 1_000;
    this.#rounds.push(news);
    if (this.#running) return;
    this.#running = true;
    this.#clock.soon(this.#run);
  }

  readonly #run = (): void => {
    let visits = SLICE_VISITS;
    while (visits > 0) {
      const news = this.#rounds.shift();
      if (news === undefined) break;
      visits -= visit(news, visits);
      if (news.left > 0) this.#rounds.push(news);
      else this.#goRound(news);
    }
    this.#running = this.#rounds.length > 0;
    if (this.#running) this.#clock.soon(this.#run);
  };
}

/** Tells some readers of a channel, and gives how many, at least one. */
function visit(news: News, visits: number): number {
  const { subscribers } = news.channel;
  // Backwards: where one leaves, the gap goes to one that has been visited.
  const start = Math.min(news.left, subscribers.length);
  const end = Math.max(0, start - visits);
  for (let place = start - 1; place >= end; place--) {
    const stream = subscribers[place]?.stream;
    if (stream === undefined || news.current === undefined || !stream.writable || !stream.sink.idle) continue;
    stream.writable = stream.sink.write(news.current);
  }
  news.left = end;
  return Math.max(1, start - end);
}
