import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { unpackerOf } from './unpack.ts';

/** What was heard of a stream. */
export interface Heard {
  name: string;
  id: string | undefined;
  data: unknown;
  /** When it came, ms by a clock that never steps. */
  at: number;
}

/** A stream that was answered. Its events are gathered from the start. */
export interface Probe {
  readonly response: IncomingMessage;
  /** Before it was asked and once the head was there, ms by a clock that never steps. */
  readonly askedAt: number;
  readonly events: readonly Heard[];
  /** How much of the body came, as it was on the wire, and when the last of it did. */
  readonly bytes: number;
  readonly lastAt: number;
  /** When it was ended from the other side; undefined while it stands. */
  readonly endedAt: number | undefined;
  /** Resolves when `met` holds, the stream has ended, or `ms` have passed. Gives whether it holds. */
  until(met: () => boolean, ms: number): Promise<boolean>;
  close(): void;
}

/** A stream's answer as it is asked for; what is no answer at all rejects with the error of the connection. */
export interface Ask {
  headers: Record<string, string>;
  /** The head has to be there within this, ms. */
  withinMs: number;
}

/** The head of an answer did not come in time. */
export class NoAnswer extends Error {}

/** How often what is waited for is looked at, ms. */
const LOOK_EVERY_MS = 20;

/** Asks for a URL and reads its answer as an event stream, whatever it is; what comes packed is unpacked. */
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
  // What is cut off in the middle cannot be unpacked to its end, and is no end of the connection.
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
