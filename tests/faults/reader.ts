import { connect } from 'node:net';
import { EventStreamParser, type StreamEvent } from './event-stream.ts';

export interface ReaderOptions {
  port: number;
  path: string;
  headers?: Readonly<Record<string, string>>;
  onEvent?: (event: StreamEvent) => void;
}

/** One connection that reads a stream, on a bare socket: it can stop reading, and sees every byte as it came. */
export interface Reader {
  /** What the server answered before the first event; undefined until then. */
  readonly head: string | undefined;
  /** Events so far; left empty where `onEvent` takes them. */
  readonly events: readonly StreamEvent[];
  readonly lastEventId: string;
  /** The last `retry:` of the stream, ms. */
  readonly retryMs: number | undefined;
  readonly isClosed: boolean;
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<void>;
  /** Reads no more, so that the kernel's buffers fill and the server has to wait. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Opens a stream; {@link Reader.head} shows when it stands. */
export function openReader({ port, path, headers = {}, onEvent }: ReaderOptions): Reader {
  const events: StreamEvent[] = [];
  const parser = new EventStreamParser(onEvent ?? ((event) => events.push(event)));
  const socket = connect(port, '127.0.0.1');
  const fields = Object.entries({ Host: `127.0.0.1:${port}`, ...headers });
  socket.write(
    `GET ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  let head: string | undefined;
  let before = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    if (head !== undefined) return parser.feed(bytes);
    before = Buffer.concat([before, bytes]);
    const end = before.indexOf('\r\n\r\n');
    if (end < 0) return;
    head = before.toString('latin1', 0, end);
    parser.feed(before.subarray(end + 4));
  });
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    get head() {
      return head;
    },
    events,
    get lastEventId() {
      return parser.lastEventId;
    },
    get retryMs() {
      return parser.retryMs;
    },
    get isClosed() {
      return socket.closed;
    },
    closed,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.destroy(),
  };
}
