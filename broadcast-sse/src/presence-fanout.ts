import type { Presence } from '@carillon/presence';
import { isChange, jsonFrame, type LogEvent, type PresenceEvent, type TypingEvent } from '@carillon/protocol';
import { chunk } from './chunk.ts';
import type { Clock } from './clock.ts';
import type { Channel, Stream } from './stream.ts';
import { Typists } from './typists.ts';

/**
 * What presence may cost a channel, writes a second: some 1 % of a core. A channel of up to 1,000 readers gets each second's
 * changes; a channel of 10,000 gets them every ten seconds.
 */
const WRITES_PER_SECOND = 1_000;

/** A channel has a fan-out once in this time at most, ms: presence and typing together, in a single write. */
const PAUSE_MS = 1_000;

/** While the node is loaded, fan-outs wait, and the load is checked again after this, ms. */
const SHED_MS = 250;

/** Readers written to before the process does other work: a fifth of a round's slice, since messages go first. */
const SLICE_VISITS = 100;

const NOTHING = Buffer.alloc(0);

/** The events that a fan-out sends. */
export type FanoutEvent = 'presence' | 'typing';

/** What the readers of a channel are sent of its people. */
interface Fanout {
  readonly channel: Channel;
  /** The newest frames, empty if there was none yet; new streams get them first. */
  readonly latest: Record<FanoutEvent, Buffer>;
  /** The frames of the last fan-out. */
  readonly sent: Record<FanoutEvent, Buffer>;
  /** The bytes of the fan-out under way. */
  current: Buffer;
  /** Readers it has still to visit; 0 if none is under way. */
  left: number;
  /** When the next may begin, clock ms. */
  nextAt: number;
  /** A timer for that runs. */
  waits: boolean;
}

/**
 * Reports to presence who comes and goes here, and sends the readers of a channel who is on it and who types. The bytes are
 * shared, go out in slices, and are the first to be shed: a reader with unsent bytes is skipped and gets the newest state later,
 * and while the node is loaded nothing goes out. Then the newest state goes out, and what it replaced never does.
 */
export class PresenceFanout {
  readonly #presence: Presence;
  readonly #clock: Clock;
  readonly #loaded: () => boolean;
  readonly #typists: Typists;
  readonly #fanouts = new Map<Channel, Fanout>();
  /** Those under way. */
  #running: Fanout[] = [];
  #scheduled = false;
  /** Events that came while the node was loaded: they were sent late, or never. */
  readonly shed: Record<FanoutEvent, number> = { presence: 0, typing: 0 };

  /** `channelOf` returns the channel of a name, if it is open here; `loaded` says whether messages wait. */
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

  /** A stream has begun: it gets the newest state at once, and within about a second what has changed by it. */
  joined(stream: Stream): void {
    for (const { channel } of stream.subscribers) this.#presence.join(channel.name, stream.person);
    this.#send(stream, (channel) => (this.#typists.of(channel).length > 0 ? FANOUT_EVENTS : ['presence']));
  }

  /** A stream has left its channels. */
  left(stream: Stream): void {
    for (const { channel } of stream.subscribers) {
      this.#presence.leave(channel.name, stream.person);
      if (channel.subscribers.length > 0) continue;
      this.#fanouts.delete(channel);
      this.#typists.forget(channel);
    }
  }

  /** Events of a channel's log have come: the author of a message does not type any more. */
  received(channel: Channel, events: readonly LogEvent[]): void {
    if (!this.#typists.any) return;
    for (const event of events) if (!isChange(event)) this.#typists.posted(channel, event.author.id);
  }

  /** Sends a stream that was skipped the newest state; if that is not possible now, it stays marked as `missed`. */
  catchUp(stream: Stream): void {
    this.#send(stream, () => FANOUT_EVENTS);
  }

  #send(stream: Stream, eventsOf: (channel: Channel) => readonly FanoutEvent[]): void {
    stream.missed = !stream.sink.idle || this.#loaded();
    for (const { channel } of stream.subscribers) {
      if (!stream.writable) stream.missed = true;
      if (stream.missed) return;
      const latest = this.#fanouts.get(channel)?.latest;
      const frames = latest === undefined ? [] : eventsOf(channel).map((event) => latest[event]);
      for (const bytes of frames) if (bytes.length > 0) stream.writable = stream.sink.write(bytes);
    }
  }

  #takePresence(channel: Channel, present: PresenceEvent): void {
    this.#take(channel, 'presence', Buffer.from(chunk(jsonFrame({ event: 'presence' }, present))));
  }

  #takeTyping(channel: Channel): void {
    const event: TypingEvent = { channel: channel.name, people: this.#typists.of(channel) };
    this.#take(channel, 'typing', Buffer.from(chunk(jsonFrame({ event: 'typing' }, event))));
  }

  #take(channel: Channel, event: FanoutEvent, bytes: Buffer): void {
    const fanout = this.#fanouts.get(channel) ?? noFanout(channel);
    this.#fanouts.set(channel, fanout);
    const { latest, sent } = fanout;
    if (latest[event].equals(bytes)) return;
    latest[event] = sent[event].equals(bytes) ? sent[event] : bytes;
    if (this.#loaded()) this.shed[event] += 1;
    this.#begin(fanout);
  }

  /** Begins a fan-out of what is new, now or as soon as it may; does nothing while the channel's last is under way. */
  #begin(fanout: Fanout): void {
    const { channel, latest, sent } = fanout;
    if (fanout.left > 0 || fanout.waits || this.#fanouts.get(channel) !== fanout) return;
    const parts = FANOUT_EVENTS.filter((event) => latest[event] !== sent[event]).map(
      (event) => latest[event],
    );
    if (parts.length === 0) return;
    const now = this.#clock.now();
    const wait = this.#loaded() ? SHED_MS : fanout.nextAt - now;
    if (wait > 0) {
      fanout.waits = true;
      this.#clock.later(wait, () => {
        fanout.waits = false;
        this.#begin(fanout);
      });
      return;
    }
    Object.assign(sent, latest);
    fanout.current = Buffer.concat(parts);
    fanout.left = channel.subscribers.length;
    fanout.nextAt = now + Math.max(PAUSE_MS, (fanout.left / WRITES_PER_SECOND) * 1_000);
    this.#running.push(fanout);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(this.#run);
  }

  readonly #run = (): void => {
    if (this.#loaded()) {
      this.#clock.later(SHED_MS, this.#run);
      return;
    }
    let visits = SLICE_VISITS;
    while (visits > 0) {
      const fanout = this.#running.shift();
      if (fanout === undefined) break;
      visits -= visit(fanout, visits);
      if (fanout.left > 0) this.#running.push(fanout);
      else this.#begin(fanout);
    }
    this.#scheduled = this.#running.length > 0;
    if (this.#scheduled) this.#clock.soon(this.#run);
  };
}

const FANOUT_EVENTS: readonly FanoutEvent[] = ['presence', 'typing'];

function noFanout(channel: Channel): Fanout {
  return {
    channel,
    latest: { presence: NOTHING, typing: NOTHING },
    sent: { presence: NOTHING, typing: NOTHING },
    current: NOTHING,
    left: 0,
    nextAt: 0,
    waits: false,
  };
}

/** Writes to at most `visits` readers of a channel. Returns how many it visited, at least one. */
function visit(fanout: Fanout, visits: number): number {
  const { subscribers } = fanout.channel;
  // Backwards: if a reader leaves, its gap is filled by a reader that has been visited.
  const start = Math.min(fanout.left, subscribers.length);
  const end = Math.max(0, start - visits);
  for (let index = start - 1; index >= end; index--) {
    const stream = subscribers[index]?.stream;
    if (stream === undefined) continue;
    if (stream.writable && stream.sink.idle) stream.writable = stream.sink.write(fanout.current);
    else stream.missed = true;
  }
  fanout.left = end;
  return Math.max(1, start - end);
}
