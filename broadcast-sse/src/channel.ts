import type { Extent } from '@carillon/history';
import { erasesText, type LogEvent, logFrame, sharedLogFrame } from '@carillon/protocol';
import { ChannelLog, type LogMemory } from './channel-log.ts';
import { chunk, openChunks } from './chunk.ts';
import { CommitTimes } from './commit-times.ts';
import { join, leave } from './place.ts';
import type { Subscriber } from './subscriber.ts';
import type { Traced } from './traced.ts';
import { Vouched } from './vouched.ts';

/** What of an event may be long. */
const textOf = (event: LogEvent): string => ('body' in event ? event.body : '');

/** A hole of more than this is not going to fill by itself: what comes behind it is read from the store. */
const MAX_EARLY_EVENTS = 256;
const MAX_EARLY_CHARACTERS = 128 * 1024;

/**
 * A channel as this node knows it: how far its log goes, who reads it. There are two encodings of the same
 * events, each kept only where somebody reads it: for streams of this channel alone each event carries
 * its cursor; for streams of several channels it carries none, and the cursor of all takes the place of the last one's end.
 */
export class Channel {
  readonly name: string;
  /** Of the store that it is from. */
  epoch: string;
  readonly #memory: LogMemory;
  /** seq of the newest event this node has without a hole before it. */
  head = 0;
  /** seq of the oldest event the store keeps. */
  earliest = 1;
  /** Whether head and earliest have been read from the store. */
  known = false;
  /** The newest seq anybody told of; more than `head` where events are missing. */
  expected = 0;
  /** Nobody reads it here any more. */
  closed = false;
  /** Its holes are being read from the store. */
  filling = false;
  /** How often it began anew: what was asked before is not about it. */
  restarts = 0;
  /** Events that took a text away, edits and deletions: what was read or encoded before one may hold the text that it took away. */
  erasures = 0;
  readonly subscribers: Subscriber[] = [];
  /** When the last subscriber left, clock ms. */
  emptySince = 0;
  /** The next place the round under way visits, -1 where none is. */
  roundAt = -1;
  /** The log grew, or a reader came back, behind the round under way: another one follows. */
  roundAgain = false;
  /** Its events that are traced, while it has some. */
  traced: Traced | undefined;
  /** Of the round under way: when it was due (by `Clock.elapsed`), how far it goes at least, and the bytes it wrote. */
  roundSince = 0;
  roundHead = 0;
  roundBytes = 0;
  commitTimes = new CommitTimes();
  vouched = new Vouched();
  #single: ChannelLog | undefined;
  #shared: ChannelLog | undefined;
  /** Events that came before those in front of them. */
  #early: Map<number, LogEvent> | undefined;
  /** Of all bodies that were kept early since there were none. */
  #earlyCharacters = 0;

  constructor(name: string, epoch: string, memory: LogMemory) {
    this.name = name;
    this.epoch = epoch;
    this.#memory = memory;
  }

  /** The log for streams of this channel alone, or for those of several; it begins with its first subscriber. */
  logFor(single: boolean): ChannelLog {
    if (single) {
      this.#single ??= new ChannelLog(this.head, this.#memory);
      return this.#single;
    }
    this.#shared ??= new ChannelLog(this.head, this.#memory);
    return this.#shared;
  }

  /** The event as it stands in that log: whole chunks. */
  encode(event: LogEvent, single: boolean): string {
    return single ? chunk(logFrame(this.epoch, event)) : openChunks(sharedLogFrame(event));
  }

  /**
   * Takes an event from the bus or the store: the next one is appended, and those that waited for it;
   * one that is known is dropped; one behind a hole waits. True if the log grew.
   */
  offer(event: LogEvent, fromStore = false): boolean {
    if (event.seq > this.expected) this.expected = event.seq;
    if (event.seq <= this.head) return false;
    if (!this.known || event.seq > this.head + 1) {
      this.#keepEarly(event);
      return false;
    }
    this.#append(event, fromStore);
    if (this.#early !== undefined) this.#appendEarly(this.#early);
    return true;
  }

  /** Takes what the store says of the channel; the first time, its log begins there. */
  learn(extent: Extent): void {
    this.earliest = extent.earliest;
    if (extent.head > this.expected) this.expected = extent.head;
    if (this.known) return;
    this.known = true;
    this.head = extent.head;
    this.commitTimes.settle(extent.head);
    this.vouched.settle(extent.head);
    if (this.#early !== undefined) this.#appendEarly(this.#early);
  }

  /** The store no longer has what follows `head`: the log goes on after `head` as given. */
  skipTo(head: number): void {
    // There may have been one among them.
    this.erasures += 1;
    this.head = head;
    this.commitTimes.settle(head);
    this.vouched.settle(head);
    this.#single?.restart(head);
    this.#shared?.restart(head);
  }

  join(subscriber: Subscriber): void {
    this.logFor(subscriber.stream.subscribers.length === 1);
    join(this.subscribers, subscriber);
  }

  leave(subscriber: Subscriber, now: number): void {
    const place = subscriber.place;
    leave(this.subscribers, subscriber);
    // The last subscriber took the place of the one that left; a round that has passed it would miss it.
    if (this.roundAt > place) this.roundAgain = true;
    if (this.subscribers.length === 0) this.emptySince = now;
  }

  /** The store is another one, or older than what came from it: nothing of what is known holds, and nobody stands anywhere. */
  beginAnew(epoch: string): void {
    this.epoch = epoch;
    this.restarts += 1;
    this.erasures += 1;
    this.head = 0;
    this.earliest = 1;
    this.known = false;
    this.expected = 0;
    this.roundHead = 0;
    this.#early = undefined;
    this.commitTimes = new CommitTimes();
    this.vouched = new Vouched();
    this.traced?.close();
    this.traced = undefined;
    this.#single?.clear();
    this.#shared?.clear();
    this.#single = undefined;
    this.#shared = undefined;
  }

  /** Gives back the memory of its logs. Nothing is appended any more. */
  close(): void {
    this.closed = true;
    this.traced?.close();
    this.#single?.clear();
    this.#shared?.clear();
  }

  #keepEarly(event: LogEvent): void {
    this.#early ??= new Map();
    if (this.#early.size === 0) this.#earlyCharacters = 0;
    const characters = this.#earlyCharacters + textOf(event).length;
    if (this.#early.size >= MAX_EARLY_EVENTS || characters > MAX_EARLY_CHARACTERS) return;
    this.#early.set(event.seq, event);
    this.#earlyCharacters = characters;
  }

  #append(event: LogEvent, fromStore: boolean): void {
    if (erasesText(event)) this.#forget();
    this.#single?.append(this.encode(event, true));
    this.#shared?.append(this.encode(event, false));
    this.head = event.seq;
    const committedAt = Date.parse(event.createdAt);
    this.vouched.add(event.seq, committedAt, fromStore);
    if (this.subscribers.length === 0) this.commitTimes.settle(event.seq);
    else this.commitTimes.add(committedAt);
  }

  /** The message's text and those of its edits may stand anywhere before. Who is behind is served from the store, which gives none of them. */
  #forget(): void {
    this.erasures += 1;
    this.#single?.clear();
    this.#shared?.clear();
  }

  #appendEarly(early: Map<number, LogEvent>): void {
    for (let next = early.get(this.head + 1); next !== undefined; next = early.get(this.head + 1)) {
      early.delete(next.seq);
      this.#append(next, false);
    }
    // What a read from the store has overtaken.
    if (early.size > 0) for (const seq of early.keys()) if (seq <= this.head) early.delete(seq);
    if (early.size === 0) this.#early = undefined;
  }
}
