import type { Extent, History } from '@carillon/history';
import { Problem, parseCursor, type Since } from '@carillon/protocol';
import { type Start, startAtCursor, startSince } from './start.ts';
import type { Channel, Stream } from './stream.ts';

/** What a reader asks for. */
export interface StreamRequest {
  /** Distinct names. */
  channels: readonly string[];
  /** The cursor that the client has; if it is void, the stream says so and starts by `since`. */
  cursor?: string;
  since: Since;
  /** Seconds between two heartbeats; undefined for the usual time. */
  heartbeatSeconds?: number;
}

/** A stream that has not begun: it has no cursors yet. */
export interface PendingStream {
  stream: Stream;
  request: StreamRequest;
  /** The channels it asks for, in the order of their names. */
  channels: readonly Channel[];
  /** It was notified that the store is away. */
  notified: boolean;
  /** For each channel of which the store has less than the reader had, by name: the last seq that still holds. Later events are new to it. */
  fellBackTo?: ReadonlyMap<string, number>;
}

interface Host {
  history: Pick<History, 'seqBefore'>;
  /** The store's epoch: cursors of another epoch are void. */
  epoch(): string;
  /** Reads these channels' heads from the store; throws if it is away. */
  learn(channels: readonly Channel[]): Promise<void>;
  /** Throws a problem if the stream's reader may not read what it asks for, and the store's error if that is not known now. */
  requireReadable(pending: PendingStream): undefined | Promise<undefined>;
  /** Ends a stream that may not begin. */
  deny(pending: PendingStream, problem: Problem): void;
  /** Begins a stream, with a start for each of its channels, in their order. */
  begin(pending: PendingStream, starts: readonly Start[]): void;
  /** Notifies a stream that the store is away. */
  notifyAway(pending: PendingStream): void;
}

/**
 * Finds out where each pending stream starts: at once if all its channels are known here, otherwise with a single question to
 * the store about all that came together. While the store is away they wait, and are notified of it.
 */
export class Admission {
  readonly #host: Host;
  #pending: PendingStream[] = [];
  /** Those the store is being asked about. */
  #underWay: PendingStream[] = [];
  #admitting = false;
  /** Those that start at an age. Each takes a question for each of its channels, so they wait apart from the others. */
  #aged: PendingStream[] = [];
  #agedUnderWay: PendingStream | undefined;
  /** Those whose readers' permission is being read from the store. */
  readonly #authorizing = new Set<PendingStream>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Channels that a pending stream waits for. */
  get awaited(): Set<Channel> {
    const aged = this.#agedUnderWay === undefined ? this.#aged : [...this.#aged, this.#agedUnderWay];
    const waiting = [...this.#pending, ...this.#underWay, ...this.#authorizing, ...aged];
    return new Set(waiting.flatMap(({ channels }) => channels));
  }

  /** Begins the stream now if that takes no question to the store; otherwise it waits for {@link admitAll}. */
  admit(pending: PendingStream): 'begun' | 'waits' {
    const starts = this.#startsNow(pending);
    if (starts === undefined) {
      this.#pending.push(pending);
      return 'waits';
    }
    const answer = this.#beginIfAllowed(pending, starts);
    return answer === undefined ? 'begun' : 'waits';
  }

  /** Begins all pending streams for which the store answers; the others keep waiting. */
  async admitAll(): Promise<void> {
    if (this.#admitting) return;
    this.#admitting = true;
    let answered = true;
    while (answered && this.#pending.length > 0) {
      this.#underWay = this.#pending.filter(({ stream }) => !stream.closed);
      this.#pending = [];
      answered = await this.#admitTogether(this.#underWay);
    }
    this.#underWay = [];
    this.#admitting = false;
  }

  /** False if the store did not answer. */
  async #admitTogether(together: readonly PendingStream[]): Promise<boolean> {
    try {
      await this.#host.learn([...new Set(together.flatMap(({ channels }) => channels))]);
    } catch {
      for (const pending of together) this.#keepWaiting(pending);
      return false;
    }
    for (const pending of together) {
      if (pending.stream.closed) continue;
      const starts = this.#startsNow(pending) ?? this.#startsAhead(pending);
      if (starts === undefined) this.#aged.push(pending);
      else void this.#beginIfAllowed(pending, starts);
    }
    if (this.#agedUnderWay === undefined) void this.#admitAged();
    return true;
  }

  async #admitAged(): Promise<void> {
    for (let next = this.#aged.shift(); next !== undefined; next = this.#aged.shift()) {
      if (next.stream.closed) continue;
      this.#agedUnderWay = next;
      try {
        const starts = await this.#startsByAge(next);
        // Its channels may have begun anew meanwhile.
        if (next.channels.every(({ known }) => known)) {
          if (!next.stream.closed) void this.#beginIfAllowed(next, starts);
        } else {
          this.#pending.push(next);
          void this.admitAll();
        }
      } catch {
        this.#keepWaiting(next);
      }
      this.#agedUnderWay = undefined;
    }
  }

  /**
   * The request was allowed a moment ago, or long before, when the store was away and permission was unknown: so it is checked
   * again. Returns a promise if the store has to be asked.
   */
  #beginIfAllowed(pending: PendingStream, starts: readonly Start[]): undefined | Promise<void> {
    try {
      const answer = this.#host.requireReadable(pending);
      if (answer !== undefined) return this.#admitOnceAllowed(pending, answer);
      this.#host.begin(pending, starts);
    } catch (error) {
      this.#refuse(pending, error);
    }
    return undefined;
  }

  /** By the time of the answer its channels may have grown: its starts are found again. */
  async #admitOnceAllowed(pending: PendingStream, answer: Promise<undefined>): Promise<void> {
    this.#authorizing.add(pending);
    try {
      await answer;
    } catch (error) {
      this.#refuse(pending, error);
      return;
    } finally {
      this.#authorizing.delete(pending);
    }
    if (pending.stream.closed) return;
    this.#pending.push(pending);
    await this.admitAll();
  }

  #refuse(pending: PendingStream, error: unknown): void {
    if (error instanceof Problem) this.#host.deny(pending, error);
    else this.#keepWaiting(pending);
  }

  #keepWaiting(pending: PendingStream): void {
    if (pending.stream.closed) return;
    if (!pending.notified) this.#host.notifyAway(pending);
    pending.notified = true;
    this.#pending.push(pending);
  }

  #startsNow({ channels, request, fellBackTo }: PendingStream): Start[] | undefined {
    if (!channels.every(({ known }) => known)) return undefined;
    const positions = this.#positionsIn(request);
    if (positions === undefined || 'reset' in positions) {
      if (request.since.kind === 'age') return undefined;
      return channels.map((channel) => ({ ...startSince(request.since, channel, 0), ...positions }));
    }
    const isAhead = ({ name, head }: Channel) => (fellBackTo?.get(name) ?? positions.get(name) ?? 0) > head;
    // A cursor from another node may be ahead of this one; only the store can tell it from a forged cursor.
    if (channels.some(isAhead)) return undefined;
    return channels.map((channel) => startAt(positions, fellBackTo, channel.name, channel));
  }

  /** The starts for a cursor that is ahead of this node, just after the heads were read from the store. */
  #startsAhead({ channels, request, fellBackTo }: PendingStream): Start[] | undefined {
    const positions = this.#positionsIn(request);
    if (positions === undefined || 'reset' in positions) return undefined;
    return channels.map(({ name, earliest, head, expected }) =>
      startAt(positions, fellBackTo, name, { earliest, head: Math.max(head, expected) }),
    );
  }

  async #startsByAge({ channels, request }: PendingStream): Promise<Start[]> {
    const { since } = request;
    const positions = this.#positionsIn(request);
    const reset = positions !== undefined && 'reset' in positions ? positions : {};
    return Promise.all(
      channels.map(async (channel) => {
        const before = since.kind === 'age' ? await this.#host.history.seqBefore(channel.name, since.ms) : 0;
        return { ...startSince(since, channel, before), ...reset };
      }),
    );
  }

  /** The seqs of the request's cursor by channel, or why it is void; undefined without a cursor. */
  #positionsIn({
    cursor,
    channels,
  }: StreamRequest): ReadonlyMap<string, number> | { reset: NonNullable<Start['reset']> } | undefined {
    if (cursor === undefined) return undefined;
    const parsed = parseCursor(cursor, this.#host.epoch(), channels);
    return parsed.ok ? parsed.positions : { reset: parsed.reason };
  }
}

function startAt(
  positions: ReadonlyMap<string, number>,
  fellBackTo: PendingStream['fellBackTo'],
  name: string,
  extent: Extent,
): Start {
  const seq = fellBackTo?.get(name);
  if (seq === undefined) return startAtCursor(positions.get(name) ?? 0, extent);
  return { reset: 'ahead', ...startAtCursor(seq, extent) };
}
