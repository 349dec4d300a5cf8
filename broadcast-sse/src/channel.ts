import type { Extent } from '@carillon/history';
import { erasesText, type LogEvent, logFrame, sharedLogFrame } from '@carillon/protocol';
import { ChannelLog, type LogMemory } from './channel-log.ts';
import { chunk, openChunks } from './chunk.ts';
import { CommitTimes } from './commit-times.ts';
import { addTo, type Indexed, removeFrom } from './indexed-list.ts';
import type { TracedEvents } from './traced-events.ts';
import { Verification } from './verification.ts';

/** The part of an event that may be long. */
const textOf = (event: LogEvent): string => ('body' in event ? event.body : '');

/** Early events that are kept. A larger hole will not fill by itself: the events behind it are read from the store. */
const MAX_EARLY_EVENTS = 256;
const MAX_EARLY_CHARACTERS = 128 * 1024;

/**
 * A channel as this node knows it: how far its log goes, and its subscribers. There are two encodings of the same events, each
 * kept only while somebody reads it: for streams of this channel alone each event carries its cursor; for streams of several
 * channels it carries none, and the end of the last event is replaced with the cursor of all channels.
 *
 * It only lists its subscribers, so their type is a parameter: this file need not know streams. Other files use the type `Channel`
 * of `stream.ts`.
 */
export class ChannelOf<Member extends Indexed> {
  readonly name: string;
  /** The epoch of the store that its events are from. */
  epoch: string;
  readonly #memory: LogMemory;
  /** seq of the newest event that this node has without a hole before it. */
  head = 0;
  /** seq of the oldest event that the store keeps. */
  earliest = 1;
  /** Whether head and earliest have been read from the store. */
  known = false;
  /** The newest seq that the bus or the store told of; more than `head` if events are missing. */
  expected = 0;
  /** It is not open here any more. */
  closed = false;
  /** Its hole is being read from the store. */
  filling = false;
  /** How often it began anew: answers to earlier questions do not hold for it. */
  restarts = 0;
  /** Events that erased a text (edits and deletions): bytes that were read or encoded before such an event may hold the text. */
  erasures = 0;
  readonly subscribers: Member[] = [];
  /** When the last subscriber left, clock ms. */
  emptySince = 0;
  /** The next index that the round under way visits, -1 if there is none. */
  roundAt = -1;
  /** The log grew, or a reader can go on, behind the round under way: another round follows. */
  roundAgain = false;
  /** Its traced events, while it has any. */
  traced: TracedEvents | undefined;
  /** Of the round under way: when it was due (`Clock.elapsed`, ms), the head it reaches at least, and the bytes it wrote. */
  roundSince = 0;
  roundHead = 0;
  roundBytes = 0;
  commitTimes = new CommitTimes();
  verification = new Verification();
  #single: ChannelLog | undefined;
  #shared: ChannelLog | undefined;
  /** Events that came before earlier ones, by seq. */
  #early: Map<number, LogEvent> | undefined;
  /** Characters of all bodies that were kept since the map was last empty. */
  #earlyCharacters = 0;

  constructor(name: string, epoch: string, memory: LogMemory) {
    this.name = name;
    this.epoch = epoch;
    this.#memory = memory;
  }

  /** The log for streams of this channel alone (`single`), or for streams of several; it begins with its first subscriber. */
  logFor(single: boolean): ChannelLog {
    if (single) {
      this.#single ??= new ChannelLog(this.head, this.#memory);
      return this.#single;
    }
    this.#shared ??= new ChannelLog(this.head, this.#memory);
    return this.#shared;
  }

  /** The event as that log holds it: whole chunks. */
  encode(event: LogEvent, single: boolean): string {
    return single ? chunk(logFrame(this.epoch, event)) : openChunks(sharedLogFrame(event));
  }

  /**
   * Takes an event from the bus or the store. The next event is appended, with those that waited for it; a known event is
   * dropped; an event behind a hole waits. Returns true if the log grew.
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

  /** Takes the store's extent of the channel; the first time, the log begins at its head. */
  learn(extent: Extent): void {
    this.earliest = extent.earliest;
    if (extent.head > this.expected) this.expected = extent.head;
    if (this.known) return;
    this.known = true;
    this.head = extent.head;
    this.commitTimes.settle(extent.head);
    this.verification.settle(extent.head);
    if (this.#early !== undefined) this.#appendEarly(this.#early);
  }

  /** The store no longer has what follows `head`: the log goes on after `head` as given. */
  skipTo(head: number): void {
    // There may have been an erasure among the events.
    this.erasures += 1;
    this.head = head;
    this.commitTimes.settle(head);
    this.verification.settle(head);
    this.#single?.restart(head);
    this.#shared?.restart(head);
  }

  /** Adds a subscriber, whose stream reads this channel alone (`single`) or several. */
  join(subscriber: Member, single: boolean): void {
    this.logFor(single);
    addTo(this.subscribers, subscriber);
  }

  /** Removes a subscriber, at `now` in clock ms. Does nothing for a subscriber that has left. */
  leave(subscriber: Member, now: number): void {
    const { index } = subscriber;
    removeFrom(this.subscribers, subscriber);
    // The last subscriber moved to its index; a round that has passed this index would miss it.
    if (this.roundAt > index) this.roundAgain = true;
    if (this.subscribers.length === 0) this.emptySince = now;
  }

  /** The store is another one, or has other events: nothing that is known holds. All subscribers have left before. */
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
    this.verification = new Verification();
    this.traced?.close();
    this.traced = undefined;
    this.#single?.clear();
    this.#shared?.clear();
    this.#single = undefined;
    this.#shared = undefined;
  }

  /** Frees the memory of its logs. Nothing is appended any more. */
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
    this.verification.add(event.seq, committedAt, fromStore);
    if (this.subscribers.length === 0) this.commitTimes.settle(event.seq);
    else this.commitTimes.add(committedAt);
  }

  /** An erased text may be anywhere in the logs. Readers that are behind are served from the store, which does not have it any more. */
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
    // Events that a read from the store has brought meanwhile.
    if (early.size > 0) for (const seq of early.keys()) if (seq <= this.head) early.delete(seq);
    if (early.size === 0) this.#early = undefined;
  }
}
