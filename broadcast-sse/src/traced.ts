import type { Span, Tracing } from '@carillon/protocol';
import type { Backfilled } from './backfilled.ts';
import type { Channel } from './channel.ts';

/** Events of one channel that are followed at once; the oldest is let go for a new one. */
const MAX_FOLLOWED = 64;

/** An event on its way from the bus to its readers, or some that were read from the store. */
interface Followed {
  readonly from: number;
  readonly to: number;
  /** From its arrival until it stands in the log; undefined of what was read from the store, of which trace that is is not known. */
  readonly receive: Span | undefined;
  /** While what is missing before it is read from the store. */
  backfill: Span | undefined;
  /** When it was read from the store. */
  readonly read: { start: number; end: number } | undefined;
  /** When it stood in the log; undefined while it waits for those before it. */
  appended: number | undefined;
  /** Ends of rounds until every reader was visited since then. */
  roundsLeft: number;
  firstWrite: number | undefined;
  lastWrite: number;
  writes: number;
}

/**
 * The events of a channel that are traced, from their arrival to the last socket write of the round that brings them.
 * A channel has one only while it has such events; without it a round pays a comparison for each slice.
 */
export class Traced {
  readonly #tracing: Tracing;
  readonly #backfilled: Backfilled;
  #followed: Followed[] = [];

  constructor(tracing: Tracing, backfilled: Backfilled) {
    this.#tracing = tracing;
    this.#backfilled = backfilled;
  }

  get idle(): boolean {
    return this.#followed.length === 0;
  }

  /** An event has come over the bus. What the channel's log has already came by way of the store, as is told then. */
  arrived(channel: Channel, seq: number, traceparent: string): void {
    const known = channel.known && seq <= channel.head;
    const receive = this.#tracing.follow(traceparent, 'receive', {
      kind: 'consumer',
      attributes: { 'carillon.channel.seq': seq, 'carillon.known': known },
    });
    if (receive === undefined) return;
    if (known) {
      this.#tellOf(channel.name, seq, receive);
      receive.end();
      return;
    }
    if (this.#followed.length >= MAX_FOLLOWED) letGo(this.#followed.shift());
    this.#follow({ from: seq, to: seq, receive, read: undefined });
  }

  /** Events up to the head were read from the store, since `start`. */
  filled({ head }: Channel, from: number, start: number): void {
    if (this.#followed.length >= MAX_FOLLOWED) return;
    this.#follow({ from, to: head, receive: undefined, read: { start, end: this.#tracing.now() } });
  }

  #tellOf(channel: string, seq: number, receive: Span): void {
    const found = this.#backfilled.find(channel, seq);
    if (found === undefined) return;
    const { read, round } = found;
    receive.child('backfill', { start: read.start }).end({}, read.end);
    receive
      .child('round', { start: round.start, attributes: { 'carillon.writes': round.writes } })
      .end({}, round.end);
  }

  #follow(what: Pick<Followed, 'from' | 'to' | 'receive' | 'read'>): void {
    this.#followed.push({
      ...what,
      backfill: undefined,
      appended: undefined,
      roundsLeft: 0,
      firstWrite: undefined,
      lastWrite: 0,
      writes: 0,
    });
  }

  /** The log has grown up to the channel's head: what stands in it now is due with the next round, or with this one and the next. */
  grown({ head, roundAt, subscribers }: Channel): void {
    const now = this.#tracing.now();
    for (const one of this.#followed) {
      if (one.appended !== undefined || one.to > head) continue;
      one.appended = now;
      one.roundsLeft = roundAt >= 0 ? 2 : 1;
      one.backfill?.end({}, now);
      one.receive?.end({}, now);
    }
    if (subscribers.length === 0) this.#followed = this.#followed.filter(({ to }) => to > head);
  }

  /** What is missing before some of them is being read from the store. */
  reads(): void {
    for (const one of this.#followed)
      if (one.appended === undefined) one.backfill ??= one.receive?.child('backfill');
  }

  /** A slice of a round took so many socket writes since `start`, all of them of what stands in the log. */
  wrote(writes: number, start: number): void {
    if (writes === 0) return;
    const now = this.#tracing.now();
    for (const one of this.#followed) {
      if (one.appended === undefined) continue;
      one.firstWrite ??= Math.max(start, one.appended);
      one.lastWrite = now;
      one.writes += writes;
    }
  }

  /** A round has visited every reader: some events have been brought to all of them. */
  roundEnded(channel: string): void {
    for (const one of this.#followed) {
      if (one.appended === undefined) continue;
      one.roundsLeft -= 1;
      if (one.roundsLeft > 0) continue;
      const { from, to, receive, read, firstWrite: start = one.appended, lastWrite, writes } = one;
      const end = writes === 0 ? start : lastWrite;
      receive?.child('round', { start, attributes: { 'carillon.writes': writes } }).end({}, end);
      if (read !== undefined)
        this.#backfilled.keep({ channel, from, to, read, round: { start, end, writes } });
    }
    this.#followed = this.#followed.filter(
      ({ appended, roundsLeft }) => appended === undefined || roundsLeft > 0,
    );
  }

  now(): number {
    return this.#tracing.now();
  }

  /** The trace of one of the events `from` to `to`, where one is followed: the exemplar of their delivery. */
  traceIn(from: number, to: number): string | undefined {
    return this.#followed.find((one) => one.receive !== undefined && one.to >= from && one.to <= to)?.receive
      ?.traceId;
  }

  /** Nobody reads the channel here any more. */
  close(): void {
    for (const one of this.#followed) letGo(one);
    this.#followed = [];
  }
}

/** Ends what is still open of one that is followed no further. */
function letGo(one: Followed | undefined): void {
  if (one === undefined || one.appended !== undefined) return;
  one.backfill?.end();
  one.receive?.end();
}
