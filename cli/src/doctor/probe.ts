import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { unpackerOf } from './unpack.ts';

/** An event of a stream. */
export interface Heard {
  name: string;
  id: string | undefined;
  data: unknown;
  /** When it arrived, ms by a monotonic clock. */
  at: number;
}

/** A stream that was answered. Its events are collected from the start. */
export interface Probe {
  readonly response: IncomingMessage;
  /** When it was requested, and when the response headers arrived, ms by a monotonic clock. */
  readonly askedAt: number;
  readonly events: readonly Heard[];
  /** Bytes of the body as received, and when the last of them arrived. */
  readonly bytes: number;
  readonly lastAt: number;
  /** When the other side ended it; undefined while it is open. */
  readonly endedAt: number | undefined;
  /** Resolves when `met` holds, the stream has ended, or `ms` have passed; the value is whether it holds. */
  until(met: () => boolean, ms: number): Promise<boolean>;
  close(): void;
}

/** How a stream is requested; without any response the promise rejects with the connection's error. */
export interface Ask {
  headers: Record<string, string>;
  /** Time limit for the response headers, ms. */
  withinMs: number;
}

/** The response headers did not arrive in time. */
export class NoAnswer extends Error {}

/** Polling interval, ms. */
const LOOK_EVERY_MS = 20;

/** Requests a URL and reads the response as an event stream, whatever it is; compressed responses are decompressed. */
export async function probe(url: URL, { headers, withinMs }: Ask): Promise<Probe> {
  const askedAt = performance.now();
  const response = await answerTo(url, headers, withinMs);
  const events: Heard[] = [];
  let endedAt: number | undefined;
  let bytes = 0;
  let lastAt = performance.now();
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }) =>
      events.push({ name: event, id, data: parse(data), at: performance.now() }),
  });
  const ended = () => {
    endedAt ??= performance.now();
  };
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    lastAt = performance.now();
  });
  response.on('close', ended).on('error', ended);
  // A stream cut in the middle cannot be decompressed to its end; this is not the end of the connection.
  const unpacker = unpackerOf(response.headers['content-encoding'])?.on('error', () => {});
  const text: Readable = unpacker === undefined ? response : response.pipe(unpacker);
  text.setEncoding('utf8').on('data', (piece: string) => parser.feed(piece));
  return {
    response,
    askedAt,
    events,
    get bytes() {
      return bytes;
    },
    get lastAt() {
      return lastAt;
    },
    get endedAt() {
      return endedAt;
    },
    async until(met, ms) {
      const deadline = performance.now() + ms;
      while (!met() && endedAt === undefined && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      return met();
    },
    close: () => response.destroy(),
  };
}

function answerTo(url: URL, headers: Record<string, string>, withinMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, { headers, agent: false });
    const late = setTimeout(() => {
      const connected = request.socket?.connecting === false;
      request.destroy(
        new NoAnswer(connected ? 'connected, but no response arrived' : 'the connection could not be opened'),
      );
    }, withinMs);
    request.on('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    request.on('response', (response) => {
      clearTimeout(late);
      resolve(response);
    });
    request.end();
  });
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
