import type { Span, Tracing } from '@carillon/protocol';
import type { Channel } from './channel.ts';

/** Events of one channel that are followed at once; the oldest is let go for a new one. */
const MAX_FOLLOWED = 64;

/** An event on its way from the bus to its readers. */
interface Followed {
  readonly seq: number;
  /** From its arrival until it stands in the log. */
  readonly receive: Span;
  /** While what is missing before it is read from the store. */
  backfill: Span | undefined;
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
  #followed: Followed[] = [];

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  get idle(): boolean {
    return this.#followed.length === 0;
  }

  /** An event has come over the bus. What the channel's log has already came by way of the store, and is followed no further. */
  arrived(channel: Channel, seq: number, traceparent: string): void {
    const known = channel.known && seq <= channel.head;
    const receive = this.#tracing.follow(traceparent, 'receive', {
      kind: 'consumer',
      attributes: { 'carillon.channel.seq': seq, 'carillon.known': known },
    });
    if (receive === undefined) return;
    if (known) {
      receive.end();
      return;
    }
    if (this.#followed.length >= MAX_FOLLOWED) this.#followed.shift()?.receive.end();
    this.#followed.push({
      seq,
      receive,
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
      if (one.appended !== undefined || one.seq > head) continue;
      one.appended = now;
      one.roundsLeft = roundAt >= 0 ? 2 : 1;
      one.backfill?.end({}, now);
      one.receive.end({}, now);
    }
    if (subscribers.length === 0) this.#followed = this.#followed.filter(({ seq }) => seq > head);
  }

  /** What is missing before some of them is being read from the store. */
  reads(): void {
    for (const one of this.#followed)
      if (one.appended === undefined) one.backfill ??= one.receive.child('backfill');
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
  roundEnded(): void {
    for (const one of this.#followed) {
      if (one.appended === undefined) continue;
      one.roundsLeft -= 1;
      if (one.roundsLeft > 0) continue;
      const { firstWrite = one.appended, writes } = one;
      one.receive
        .child('round', { start: firstWrite, attributes: { 'carillon.writes': writes } })
        .end({}, writes === 0 ? firstWrite : one.lastWrite);
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
    return this.#followed.find(({ seq }) => seq >= from && seq <= to)?.receive.traceId;
  }

  /** Nobody reads the channel here any more. */
  close(): void {
    for (const { appended, receive } of this.#followed) if (appended === undefined) receive.end();
    this.#followed = [];
  }
}
