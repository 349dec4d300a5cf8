/**
 * The newest events of a channel as the bytes that go to its readers: encoded once, shared by all, bounded.
 *
 * The frames are in a few large buffers, one after the other, so the bytes from any cursor to the head are a view of
 * what is there already: nothing is copied or joined, however many cursors readers have. A slow reader's
 * unsent bytes keep one such buffer alive, never a queue of its own.
 */

/** Bytes for a reader whose next event is `from`; after them its cursor is at `to`. */
export interface Slice {
  bytes: Buffer;
  /** seq of the first event in `bytes`. */
  from: number;
  /** seq of the last event in `bytes`. */
  to: number;
  /** Readers that a round has written it to since its deliveries were last measured. */
  readers: number;
}

/** A quiet channel holds one event or two; 100,000 of those must stay small. */
const MIN_SEGMENT_BYTES = 1024;

/** A busy channel's round mostly stays within a segment, and a stalled reader keeps at most one alive. */
const MAX_SEGMENT_BYTES = 256 * 1024;

/** A full log drops a part of itself at a time, never most of it. */
const MIN_SEGMENTS = 8;

/** Bytes of a channel's log: at 300 posts/s of 250 bytes nearly a minute, so that a reader that was cut for a moment needs no store. */
const MAX_CHANNEL_LOG_BYTES = 4 * 1024 * 1024;

/** Bytes of all logs of a node: a quarter of a small container's memory. */
const MAX_LOGS_BYTES = 256 * 1024 * 1024;

interface Segment {
  log: ChannelLog;
  buffer: Buffer;
  used: number;
  firstSeq: number;
  /** The offset in `buffer` at which each event's frame ends. */
  ends: number[];
}

/** The memory of all logs of a node. At its limit (bytes) the oldest segment goes first, of whichever channel. */
export class LogMemory {
  readonly limit: number;
  bytes = 0;
  /** In the order of allocation, which is also each log's order. */
  readonly #segments = new Set<Segment>();

  constructor(limit = MAX_LOGS_BYTES) {
    this.limit = limit;
  }

  take(segment: Segment): void {
    this.#segments.add(segment);
    this.bytes += segment.buffer.length;
    for (const oldest of this.#segments) {
      if (this.bytes <= this.limit || oldest === segment) return;
      oldest.log.dropOldest();
    }
  }

  release(segment: Segment): void {
    if (this.#segments.delete(segment)) this.bytes -= segment.buffer.length;
  }
}

/** The log of a channel in one encoding. */
export class ChannelLog {
  /** seq of the newest event. */
  head: number;
  readonly #memory: LogMemory;
  readonly #limit: number;
  readonly #maxSegment: number;
  #segments: Segment[] = [];
  #bytes = 0;
  /** Slices handed out since the log last changed, by the cursor that they start from: readers share them. */
  readonly #slices = new Map<number, Slice>();

  /** An empty log whose next event is `head + 1`. */
  constructor(head: number, memory: LogMemory, limit = MAX_CHANNEL_LOG_BYTES) {
    this.head = head;
    this.#memory = memory;
    this.#limit = limit;
    this.#maxSegment = Math.min(MAX_SEGMENT_BYTES, limit / MIN_SEGMENTS, memory.limit / MIN_SEGMENTS);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the frame of event `head + 1`. */
  append(frame: string): void {
    const length = Buffer.byteLength(frame);
    const segment = this.#segmentFor(length);
    segment.buffer.write(frame, segment.used);
    segment.used += length;
    segment.ends.push(segment.used);
    this.head += 1;
    this.#slices.clear();
  }

  /**
   * The bytes after `seq`, to the head or the end of a segment; undefined at the head, and if the log does not
   * reach back so far. Readers at the same cursor get the same object.
   */
  after(seq: number): Slice | undefined {
    const known = this.#slices.get(seq);
    if (known !== undefined) return known;
    if (seq >= this.head) return undefined;
    const segment = this.#segments.findLast(({ firstSeq }) => firstSeq <= seq + 1);
    if (segment === undefined) return undefined;
    const start = seq < segment.firstSeq ? 0 : (segment.ends[seq - segment.firstSeq] ?? 0);
    const slice = {
      bytes: segment.buffer.subarray(start, segment.used),
      from: seq + 1,
      to: segment.firstSeq + segment.ends.length - 1,
      readers: 0,
    };
    this.#slices.set(seq, slice);
    return slice;
  }

  /** Drops everything and goes on after `head`. */
  restart(head: number): void {
    this.clear();
    this.head = head;
  }

  clear(): void {
    while (this.#segments.length > 0) this.dropOldest();
  }

  dropOldest(): void {
    const oldest = this.#segments.shift();
    if (oldest === undefined) return;
    this.#bytes -= oldest.buffer.length;
    this.#memory.release(oldest);
    this.#slices.clear();
  }

  #segmentFor(length: number): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.used + length <= last.buffer.length) return last;
    const grown = Math.max(MIN_SEGMENT_BYTES, 2 * this.#bytes);
    const size = Math.max(length, Math.min(this.#maxSegment, grown));
    const segment: Segment = {
      log: this,
      buffer: Buffer.allocUnsafeSlow(size),
      used: 0,
      firstSeq: this.head + 1,
      ends: [],
    };
    while (this.#segments.length > 0 && this.#bytes + size > this.#limit) this.dropOldest();
    this.#segments.push(segment);
    this.#bytes += size;
    this.#memory.take(segment);
    return segment;
  }
}
