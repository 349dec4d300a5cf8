import type { Presence } from '@carillon/presence';
import { isChange, jsonFrame, type LogEvent, type PresenceEvent, type TypingEvent } from '@carillon/protocol';
import type { Channel } from './channel.ts';
import { chunk } from './chunk.ts';
import type { Clock } from './clock.ts';
import type { Stream } from './subscriber.ts';
import { Typists } from './typists.ts';

/**
 * What news of its people may cost a channel, writes a second: some 1 % of a core. A channel of up to 1,000 readers is
 * told of each second's changes; one of 10,000 every ten seconds.
 */
const WRITES_PER_SECOND = 1_000;

/** A channel's news go round once in this time at most, ms: who is here and who types together, in one write. */
const PAUSE_MS = 1_000;

/** While the node is loaded, news wait, and it is asked again after this, ms. */
const SHED_MS = 250;

/** Readers told before the process does other work: a fifth of a round's slice, since messages go first. */
const SLICE_VISITS = 100;

const NOTHING = Buffer.alloc(0);

/** What is told of a channel's people. */
export type NewsKind = 'presence' | 'typing';

/** What the readers of a channel are told of its people. */
interface News {
  readonly channel: Channel;
  /** The newest events, empty where there was none yet; whoever comes hears them first. */
  readonly latest: Record<NewsKind, Buffer>;
  /** Those that went round last. */
  readonly told: Record<NewsKind, Buffer>;
  /** What goes round. */
  current: Buffer;
  /** Readers it has still to come to; 0 where nothing goes round. */
  left: number;
  /** When the next may go round, clock ms. */
  nextAt: number;
  /** It waits for that. */
  waits: boolean;
}

/**
 * Says who comes and goes here, and tells the readers of a channel who is on it and who types. What it tells is shared
 * bytes, goes round in slices, and is the first to be shed: a reader with anything unsent is passed by and told later, and
 * while the node is loaded nobody is told. Then the newest goes round, and what it has overtaken never does.
 */
export class Audience {
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #loaded: () => boolean;
  readonly #typists: Typists;
  readonly #news = new Map<Channel, News>();
  /** Those that go round. */
  #rounds: News[] = [];
  #running = false;
  /** Events that came while the node was loaded: they were told late, or never. */
  readonly shed: Record<NewsKind, number> = { presence: 0, typing: 0 };

  /** `channelOf` gives the channel of a name, where it is open here; `loaded` says whether messages wait. */
  constructor(
    presence: Presence,
    clock: Clock,
    channelOf: (name: string) => Channel | undefined,
    loaded: () => boolean,
  ) {
    this.#presence = presence;
    this.#clock = clock;
    this.#loaded = loaded;
    this.#typists = new Typists(clock, (channel) => this.#takeTyping(channel));
    presence.follow((present) => {
      const channel = channelOf(present.channel);
      if (channel !== undefined && channel.subscribers.length > 0) this.#takePresence(channel, present);
    });
    presence.followTyping((name, person) => {
      const channel = channelOf(name);
      if (channel !== undefined && channel.subscribers.length > 0) this.#typists.typed(channel, person);
    });
  }

  /** A stream got its places: it hears at once what is known, and within a second or so what has changed by it. */
  joined(stream: Stream): void {
    for (const { channel } of stream.subscribers) this.#presence.join(channel.name, stream.person);
    this.#tell(stream, (channel) => (this.#typists.of(channel).length > 0 ? KINDS : ['presence']));
  }

  /** A stream left its places. */
  left(stream: Stream): void {
    for (const { channel } of stream.subscribers) {
      this.#presence.leave(channel.name, stream.person);
      if (channel.subscribers.length > 0) continue;
      this.#news.delete(channel);
      this.#typists.forget(channel);
    }
  }

  /** Events of a channel's log have come: who has sent a message types no more. */
  said(channel: Channel, events: readonly LogEvent[]): void {
    if (!this.#typists.any) return;
    for (const event of events) if (!isChange(event)) this.#typists.said(channel, event.author.id);
  }

  /** Tells a stream that was passed by what it has missed; where that cannot be now, it stays one that has. */
  catchUp(stream: Stream): void {
    this.#tell(stream, () => KINDS);
  }

  #tell(stream: Stream, kindsOf: (channel: Channel) => readonly NewsKind[]): void {
    stream.missed = !stream.sink.idle || this.#loaded();
    for (const { channel } of stream.subscribers) {
      if (!stream.writable) stream.missed = true;
      if (stream.missed) return;
      const latest = this.#news.get(channel)?.latest;
      const events = latest === undefined ? [] : kindsOf(channel).map((kind) => latest[kind]);
      for (const bytes of events) if (bytes.length > 0) stream.writable = stream.sink.write(bytes);
    }
  }

  #takePresence(channel: Channel, present: PresenceEvent): void {
    this.#take(channel, 'presence', Buffer.from(chunk(jsonFrame({ event: 'presence' }, present))));
  }

  #takeTyping(channel: Channel): void {
    const event: TypingEvent = { channel: channel.name, people: this.#typists.of(channel) };
    this.#take(channel, 'typing', Buffer.from(chunk(jsonFrame({ event: 'typing' }, event))));
  }

  #take(channel: Channel, kind: NewsKind, bytes: Buffer): void {
    const news = this.#news.get(channel) ?? noNews(channel);
    this.#news.set(channel, news);
    if (news.latest[kind].equals(bytes)) return;
    news.latest[kind] = news.told[kind].equals(bytes) ? news.told[kind] : bytes;
    if (this.#loaded()) this.shed[kind] += 1;
    this.#goRound(news);
  }

  /** Starts what is new on its way, now or when it may; does nothing while anything goes round. */
  #goRound(news: News): void {
    const { channel, latest, told } = news;
    if (news.left > 0 || news.waits || this.#news.get(channel) !== news) return;
    const parts = KINDS.filter((kind) => latest[kind] !== told[kind]).map((kind) => latest[kind]);
    if (parts.length === 0) return;
    const now = this.#clock.now();
    const wait = this.#loaded() ? SHED_MS : news.nextAt - now;
    if (wait > 0) {
      news.waits = true;
      this.#clock.later(wait, () => {
        news.waits = false;
        this.#goRound(news);
      });
      return;
    }
    Object.assign(told, latest);
    news.current = Buffer.concat(parts);
    news.left = channel.subscribers.length;
    news.nextAt = now + Math.max(PAUSE_MS, (news.left / WRITES_PER_SECOND) * 1_000);
    this.#rounds.push(news);
    if (this.#running) return;
    this.#running = true;
    this.#clock.soon(this.#run);
  }

  readonly #run = (): void => {
    if (this.#loaded()) {
      this.#clock.later(SHED_MS, this.#run);
      return;
    }
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

const KINDS: readonly NewsKind[] = ['presence', 'typing'];

function noNews(channel: Channel): News {
  return {
    channel,
    latest: { presence: NOTHING, typing: NOTHING },
    told: { presence: NOTHING, typing: NOTHING },
    current: NOTHING,
    left: 0,
    nextAt: 0,
    waits: false,
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
    if (stream === undefined) continue;
    if (stream.writable && stream.sink.idle) stream.writable = stream.sink.write(news.current);
    else stream.missed = true;
  }
  news.left = end;
  return Math.max(1, start - end);
}
