import type { IncomingMessage, RequestOptions } from 'node:http';
import { constants, createGunzip } from 'node:zlib';
import { EventStreamParser, type StreamEvent } from '../../faults/event-stream.ts';
import { open } from '../ask.ts';

/** A stream as a client reads it, and what came of it so far. */
export interface Reader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly StreamEvent[];
  /** What it was told to wait before it comes back, ms. */
  readonly retryMs: number | undefined;
  /** Whether the answer has ended or was cut. */
  readonly ended: boolean;
  /** Whether the answer had its end, such as a last chunk: a stream that is cut has none. */
  readonly whole: boolean;
  /** Resolves once an event is there that this is true of; rejects where the stream ends before. */
  until(isIt: (event: StreamEvent) => boolean): Promise<StreamEvent>;
  /** Closes the connection, without a word. */
  leave(): void;
}

/** Opens a stream, and reads it from then on. */
export async function read(url: string, { headers, ...options }: RequestOptions = {}): Promise<Reader> {
  const response = await open(url, { ...options, headers: { Accept: 'text/event-stream', ...headers } });
  const events: StreamEvent[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  const end = () => {
    ended = true;
    wake();
  };
  const parser = new EventStreamParser((event) => events.push(event));
  const isPacked = response.headers['content-encoding'] === 'gzip';
  // Event by event, as a browser unpacks it.
  const bytes = isPacked ? response.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })) : response;
  bytes.on('error', end).on('data', (chunk: Buffer) => {
    parser.feed(chunk);
    wake();
  });
  response.on('end', end).on('close', end).on('error', end);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    get retryMs() {
      return parser.retryMs;
    },
    get ended() {
      return ended;
    },
    get whole() {
      return response.complete;
    },
    until: (isIt) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find(isIt);
          if (found === undefined && !ended) return;
          waiting.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`the stream ended after ${JSON.stringify(events)}`));
        };
        waiting.add(look);
        look();
      }),
    leave: () => void response.destroy(),
  };
}

/** The bodies of the messages that came, in the order in which they came. */
export function bodies({ events }: Pick<Reader, 'events'>): string[] {
  return events
    .filter(({ name }) => name === 'message')
    .map(({ data }) => (JSON.parse(data) as { body: string }).body);
}
