import type { Span, Tracing } from '@carillon/protocol';
import type { Backfilled } from './backfilled.ts';

/** Events of a channel that are traced at once; the oldest is given up for a new one. */
const MAX_TRACED = 64;

/** What a trace reads of its channel. */
interface TracedChannel {
  readonly name: string;
  readonly known: boolean;
  readonly head: number;
  /** Next index that the round under way visits, -1 if there is none. */
  readonly roundAt: number;
  readonly subscribers: readonly unknown[];
}

/** An event on its way from the bus to its readers, or a range of events that was read from the store. Times in ms since 1970. */
interface TracedRange {
  /** First and last seq. */
  readonly from: number;
  readonly to: number;
  /** From the event's arrival until it is in the log. Undefined for events from the store, whose traces are unknown. */
  readonly receive: Span | undefined;
  /** While the events before it are read from the store. */
  backfill: Span | undefined;
  /** When it was read from the store. */
  readonly read: { start: number; end: number } | undefined;
  /** When it was appended to the log; undefined while it waits for earlier events. */
  appended: number | undefined;
  /** Rounds that have to end until every reader was visited since it was appended. */
  roundsLeft: number;
  firstWrite: number | undefined;
  lastWrite: number;
  writes: number;
}

/**
 * The traced events of a channel, from their arrival to the last socket write of the round that delivers them.
 * A channel has this object only while it has such events; without it a round pays a comparison for each slice.
 */
export class TracedEvents {
  readonly #tracing: Tracing;
  readonly #backfilled: Backfilled;
  #ranges: TracedRange[] = [];

  constructor(tracing: Tracing, backfilled: Backfilled) {
    this.#tracing = tracing;
    this.#backfilled = backfilled;
  }

  get idle(): boolean {
    return this.#ranges.length === 0;
  }

  /** An event has come over the bus. If it is in the log already, it came from the store, and its trace is completed now. */
  arrived(channel: TracedChannel, seq: number, traceparent: string): void {
    const known = channel.known && seq <= channel.head;
    const receive = this.#tracing.follow(traceparent, 'receive', {
      kind: 'consumer',
      attributes: { 'carillon.channel.seq': seq, 'carillon.known': known },
    });
    if (receive === undefined) return;
    if (known) {
      this.#traceBackfill(channel.name, seq, receive);
      receive.end();
      return;
    }
    if (this.#ranges.length >= MAX_TRACED) giveUp(this.#ranges.shift());
    this.#trace({ from: seq, to: seq, receive, read: undefined });
  }

  /** Events from seq `from` up to the head were read from the store; the read began at `start`, ms since 1970. */
  filled({ head }: TracedChannel, from: number, start: number): void {
    if (this.#ranges.length >= MAX_TRACED) return;
    this.#trace({ from, to: head, receive: undefined, read: { start, end: this.#tracing.now() } });
  }

  #traceBackfill(channel: string, seq: number, receive: Span): void {
    const found = this.#backfilled.find(channel, seq);
    if (found === undefined) return;
    const { read, round } = found;
    receive.child('backfill', { start: read.start }).end({}, read.end);
    receive
      .child('round', { start: round.start, attributes: { 'carillon.writes': round.writes } })
      .end({}, round.end);
  }

  #trace(what: Pick<TracedRange, 'from' | 'to' | 'receive' | 'read'>): void {
    this.#ranges.push({
      ...what,
      backfill: undefined,
      appended: undefined,
      roundsLeft: 0,
      firstWrite: undefined,
      lastWrite: 0,
      writes: 0,
    });
  }

  /** The log has grown up to the channel's head: new events are due with the next round, or with this one and the next. */
  grown({ head, roundAt, subscribers }: TracedChannel): void {
    const now = this.#tracing.now();
    for (const range of this.#ranges) {
      if (range.appended !== undefined || range.to > head) continue;
      range.appended = now;
      range.roundsLeft = roundAt >= 0 ? 2 : 1;
      range.backfill?.end({}, now);
      range.receive?.end({}, now);
    }
    if (subscribers.length === 0) this.#ranges = this.#ranges.filter(({ to }) => to > head);
  }

  /** A read from the store begins, for events that are missing before some of these. */
  reads(): void {
    for (const range of this.#ranges)
      if (range.appended === undefined) range.backfill ??= range.receive?.child('backfill');
  }

  /** A slice of a round, which began at `start` (ms since 1970), wrote to sockets so often. All its events are in the log. */
  wrote(writes: number, start: number): void {
    if (writes === 0) return;
    const now = this.#tracing.now();
    for (const range of this.#ranges) {
      if (range.appended === undefined) continue;
      range.firstWrite ??= Math.max(start, range.appended);
      range.lastWrite = now;
      range.writes += writes;
    }
  }

  /** A round has visited every reader: some events are delivered to all of them. */
  roundEnded(channel: string): void {
    for (const range of this.#ranges) {
      if (range.appended === undefined) continue;
      range.roundsLeft -= 1;
      if (range.roundsLeft > 0) continue;
      const { from, to, receive, read, firstWrite: start = range.appended, lastWrite, writes } = range;
      const end = writes === 0 ? start : lastWrite;
      receive?.child('round', { start, attributes: { 'carillon.writes': writes } }).end({}, end);
      if (read !== undefined)
        this.#backfilled.keep({ channel, from, to, read, round: { start, end, writes } });
    }
    this.#ranges = this.#ranges.filter(
      ({ appended, roundsLeft }) => appended === undefined || roundsLeft > 0,
    );
  }

  /** ms since 1970, by the clock of the traces. */
  now(): number {
    return this.#tracing.now();
  }

  /** The trace id of one of the events `from` to `to`, if any is traced: the exemplar of their delivery. */
  traceIn(from: number, to: number): string | undefined {
    return this.#ranges.find((range) => range.receive !== undefined && range.to >= from && range.to <= to)
      ?.receive?.traceId;
  }

  /** The channel is closed here. */
  close(): void {
    for (const range of this.#ranges) giveUp(range);
    this.#ranges = [];
  }
}

/** Ends the open spans of a range that is traced no further. */
function giveUp(range: TracedRange | undefined): void {
  if (range === undefined || range.appended !== undefined) return;
  range.backfill?.end();
  range.receive?.end();
}
