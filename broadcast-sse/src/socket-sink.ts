import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { LAST_CHUNK, withoutChunks } from './chunk.ts';
import type { Hub } from './hub.ts';
import type { Sink } from './sink.ts';
import { createStream, type Reader, type Stream } from './stream.ts';

/** A connection whose bytes have not moved for this long is closed, ms. Its client resumes with its cursor. */
const STALLED_MS = 60_000;

/**
 * At each timeout Node compares how much of a write is left with the timeout before; at the first timeout with the whole write,
 * of which the kernel took a part at once. So a stalled reader is found at the second timeout.
 */
const TIMEOUTS_TO_FIND = 2;

/** Headers of every stream: no proxy may buffer, compress or cache it. */
export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** A connection that keeps sending, but has taken no bytes for this long, is closed, ms. */
const MOTIONLESS_MS = 5 * 60_000;

/**
 * The part of a stream's response head that all streams share. HTTP/1.0 has no chunks: there the stream ends with its connection
 * (RFC 9112, 6.3). No other request follows a stream on its connection: it is closed in either case.
 */
const headFor = (received: '1.0' | '1.1') =>
  Buffer.from(
    [
      'HTTP/1.1 200 OK',
      ...Object.entries(STREAM_HEADERS).map(([name, value]) => `${name}: ${value}`),
      `Carillon-Node: ${NODE}`,
      `Carillon-Received: HTTP/${received}`,
      ...(received === '1.1' ? ['Transfer-Encoding: chunked'] : []),
      'Connection: close',
      '',
    ].join('\r\n'),
  );

/** Identifies this process, since `carillon doctor` has to tell nodes apart behind a proxy. */
const NODE = randomBytes(4).toString('hex');
const HEADS = { '1.0': headFor('1.0'), '1.1': headFor('1.1') };

const END_OF_HEAD = Buffer.from('\r\n');
const idOf = ({ id }: { id: string }) => Buffer.from(`X-Request-Id: ${id}\r\n\r\n`);

const sinkOf = Symbol('sink');
type StreamSocket = Socket & { [sinkOf]?: SocketSink };

/**
 * Writes a stream's response head to a connection, and makes the connection a stream. The hub is notified when it drains or ends.
 * @param received the HTTP version that the request came by: HTTP/1.0 gets no chunks.
 */
export function openStream(
  socket: Socket,
  hub: Hub,
  reader: Reader,
  received: '1.0' | '1.1' = '1.1',
): Stream {
  const sink = new SocketSink(socket, hub, reader, received === '1.1');
  (socket as StreamSocket)[sinkOf] = sink;
  // Shared functions that find their sink on the socket: an idle connection holds no closure of ours.
  socket
    .on('drain', onDrain)
    .on('timeout', onTimeout)
    .on('error', onError)
    .on('end', onEnd)
    .on('close', onClose);
  // What a client still sends is read and dropped, or its end would never be seen.
  socket.resume();
  const { httpRequest } = reader;
  sink.begin(HEADS[received], httpRequest === undefined ? END_OF_HEAD : idOf(httpRequest));
  return sink.stream;
}

class SocketSink implements Sink {
  readonly #socket: Socket;
  readonly hub: Hub;
  readonly stream: Stream;
  /** Bytes that had left at the last check, -1 before the first, and when that number changed, clock ms. */
  #left = -1;
  #leftAt = 0;
  /** The socket's timeout is set: bytes are waiting. */
  #watched = false;
  /** Whether the client knows chunks. */
  readonly #chunked: boolean;

  constructor(socket: Socket, hub: Hub, reader: Reader, chunked: boolean) {
    this.#socket = socket;
    this.#chunked = chunked;
    this.hub = hub;
    this.stream = createStream(this, reader);
  }

  get idle(): boolean {
    return this.#socket.writableLength === 0;
  }

  /**
   * Each byte that a client sends restarts the socket's timeout. So a client that sends and never reads is found here: a write
   * of 256 KiB that has not left after five minutes is slower than any modem.
   */
  checkProgress(now: number): void {
    const left = this.#socket.bytesWritten - this.#socket.writableLength;
    if (left !== this.#left) {
      this.#left = left;
      this.#leftAt = now;
    } else if (now - this.#leftAt >= MOTIONLESS_MS) this.giveUp();
  }

  /** Closes a stalled connection. */
  giveUp(): void {
    this.hub.detach(this.stream, 'stalled');
    this.#socket.destroy();
  }

  /** Writes the head of the response. */
  begin(head: Buffer, rest: Buffer): void {
    this.#writeBoth(head, rest);
    this.#accepts();
  }

  write(bytes: Buffer): boolean {
    if (bytes.length > 0) this.#socket.write(this.#asRead(bytes));
    return this.#accepts();
  }

  writePair(first: Buffer, second: Buffer): boolean {
    this.#writeBoth(this.#asRead(first), this.#asRead(second));
    return this.#accepts();
  }

  cut(last?: Buffer): void {
    if (last === undefined) this.#socket.end();
    else this.#socket.end(this.#asRead(last));
    this.#watch();
  }

  end(last: Buffer): void {
    this.cut(this.#chunked ? Buffer.concat([last, LAST_CHUNK]) : last);
  }

  /** All bytes have left: the client is alive. */
  unwatch(): void {
    if (!this.#watched) return;
    this.#watched = false;
    this.#socket.setTimeout(0);
  }

  #asRead(bytes: Buffer): Buffer {
    return this.#chunked ? bytes : withoutChunks(bytes);
  }

  #writeBoth(first: Buffer, second: Buffer): void {
    this.#socket.cork();
    this.#socket.write(first);
    this.#socket.write(second);
    this.#socket.uncork();
  }

  /**
   * If the kernel took everything, or little is left, there is room. Otherwise `drain` will come: Node emits it
   * for every write that filled its buffer to the high-water mark.
   */
  #accepts(): boolean {
    const waiting = this.#socket.writableLength;
    if (waiting === 0) return true;
    this.#watch();
    return waiting < this.#socket.writableHighWaterMark;
  }

  /** Node's own timeout checks how far a write has come: a slow reader passes, a stalled reader does not. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#socket.setTimeout(STALLED_MS / TIMEOUTS_TO_FIND);
  }
}

function onDrain(this: StreamSocket): void {
  const sink = this[sinkOf];
  if (sink === undefined) return;
  sink.unwatch();
  sink.hub.drained(sink.stream);
}

function onTimeout(this: StreamSocket): void {
  const sink = this[sinkOf];
  if (sink === undefined) return;
  if (sink.idle && !this.writableEnded) {
    sink.unwatch();
    return;
  }
  sink.giveUp();
}

/** A cut connection is an end like any other; `close` follows. */
function onError(this: StreamSocket): void {
  this.destroy();
}

function onEnd(this: StreamSocket): void {
  this.destroy();
}

function onClose(this: StreamSocket): void {
  const sink = this[sinkOf];
  if (sink !== undefined) sink.hub.detach(sink.stream);
}
