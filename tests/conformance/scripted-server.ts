import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, ConformanceCase } from './case.ts';

export interface ScriptedServer {
  url: string;
  /** What was asked otherwise than the case says. */
  faults: string[];
  /** Streams that were asked for. */
  asked(): number;
  close(): Promise<void>;
}

/** One piece of bytes must have left before the next is written, or they arrive as one. */
const BETWEEN_PIECES_MS = 15;

/** Pages in browsers come from another origin. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': '*',
  'access-control-expose-headers': '*',
};

/**
 * A server that does what a case says: real HTTP, on a free port.
 * @param seen how many lines the application has seen so far.
 */
export async function startScriptedServer(
  script: ConformanceCase,
  seen: () => number,
): Promise<ScriptedServer> {
  const faults: string[] = [];
  const stop = new AbortController();
  const keys = new Set<unknown>();
  let streams = 0;
  let attempts = 0;
  let lastBegan = 0;
  let tickets = 0;
  const tokens = new Map<string, string>();

  const http = createServer((request, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    answer(request, response).catch((error: unknown) => {
      if (!stop.signal.aborted) faults.push(String(error));
      response.destroy();
    });
  });
  http.listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request);
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const url = new URL(request.url ?? '/', 'http://server');
    const [, channel = '', what = ''] = /^\/v1\/channels\/([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v1/stream' || what === 'stream') return stream(request, response, url);
    if (url.pathname === '/v1/tickets') return ticket(request, response);
    if (what === 'events') return json(response, 200, log(channel, url));
    return call(request, response);
  }

  async function stream(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    // A client that asks why it was refused gets the same answer again.
    const asksWhy = request.headers.accept === 'application/json';
    if (asksWhy && streams > 0) {
      const { status, headers, body } = script.streams[streams - 1] ?? {};
      return void response.writeHead(status ?? 200, headers).end(body ?? '');
    }
    const index = streams++;
    // What goes beyond the script is held open, and says nothing.
    const part = script.streams[index] ?? { does: [] };
    const cursor = String(request.headers['last-event-id'] ?? url.searchParams.get('cursor') ?? '') || null;
    const wanted = part.cursor;
    if (wanted !== undefined && !(Array.isArray(wanted) ? wanted : [wanted]).includes(cursor as string))
      faults.push(`stream ${index + 1} was asked for with the cursor ${cursor} instead of ${wanted}`);
    if (part.since !== undefined && url.searchParams.get('since') !== part.since)
      faults.push(`stream ${index + 1} was asked for since ${url.searchParams.get('since')}`);
    const token = tokens.get(url.searchParams.get('ticket') ?? '');
    if (part.token !== undefined && token !== part.token)
      faults.push(`stream ${index + 1} has a ticket of ${token} instead of ${part.token}`);
    tokens.delete(url.searchParams.get('ticket') ?? '');
    const waited = Date.now() - lastBegan;
    if (part.notBeforeMs !== undefined && waited < part.notBeforeMs)
      faults.push(`stream ${index + 1} was asked for after ${waited} ms`);
    lastBegan = Date.now();
    if (part.status !== undefined)
      return void response.writeHead(part.status, part.headers).end(part.body ?? '');
    response.writeHead(200, { 'content-type': 'text/event-stream', ...part.headers });
    response.flushHeaders();
    for (const action of part.does) {
      if (response.destroyed || stop.signal.aborted) return;
      await act(action, response);
    }
  }

  async function act(action: Action, response: ServerResponse): Promise<void> {
    if ('cut' in action) response.destroy();
    else if ('end' in action) response.end();
    else if ('pieces' in action)
      for (const piece of action.pieces) {
        response.write(piece);
        await sleep(BETWEEN_PIECES_MS, undefined, { signal: stop.signal });
      }
    else if ('base64' in action) response.write(Buffer.from(action.base64, 'base64'));
    else if ('seen' in action)
      while (seen() < action.seen && !response.destroyed)
        await sleep(BETWEEN_PIECES_MS, undefined, { signal: stop.signal });
    else if ('waitMs' in action) await sleep(action.waitMs, undefined, { signal: stop.signal });
    else if ('repeat' in action)
      for (let n = 0; n < action.repeat && !response.destroyed; n++) {
        response.write(action.write);
        await sleep(action.everyMs, undefined, { signal: stop.signal });
      }
    else if ('write' in action) response.write(action.write);
    else if ('messages' in action) {
      // The id is the last line of its event, as Carillon writes it.
      const { messages, channel, epoch, bytes, lineEnd = '\n' } = action;
      for (let seq = messages[0]; seq <= messages[1]; seq++) {
        const id = epoch === undefined ? '' : `id: ${epoch}.${seq}${lineEnd}`;
        response.write(`data: ${JSON.stringify(message(channel, seq, bytes))}${lineEnd}${id}${lineEnd}`);
      }
    } else {
      const { event, id, retry, data } = action;
      const fields = {
        event: event === 'message' ? undefined : event,
        retry,
        data: data === undefined ? undefined : JSON.stringify(data),
        id,
      };
      const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
      response.write(`${lines.map(([name, value]) => `${name}: ${value}\n`).join('')}\n`);
    }
    // A stream that is cut loses what has not left yet, and a case says what has.
    await sleep(BETWEEN_PIECES_MS, undefined, { signal: stop.signal });
  }

  function ticket(request: IncomingMessage, response: ServerResponse): void {
    const name = `ticket${++tickets}`;
    tokens.set(name, String(request.headers.authorization).replace('Bearer ', ''));
    json(response, 201, { ticket: name, expiresAt: new Date(Date.now() + 30_000).toISOString() });
  }

  function log(channel: string, url: URL) {
    const { earliest, head } = script.logs[channel] ?? { earliest: 1, head: 0 };
    const first = Math.max(earliest, Number(url.searchParams.get('after') ?? 0) + 1);
    const last = Math.min(head, first + Number(url.searchParams.get('limit') ?? 50) - 1);
    const events = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
      message(channel, first + index),
    );
    return { channel, events, head, earliest };
  }

  function call(request: IncomingMessage, response: ServerResponse): void {
    const part = script.answers[Math.min(attempts++, script.answers.length - 1)];
    keys.add(request.headers['idempotency-key']);
    if (script.oneKey && (keys.size > 1 || keys.has(undefined)))
      faults.push(`attempt ${attempts} has another key, or none`);
    if (attempts > script.answers.length) faults.push(`there was an attempt ${attempts}`);
    if (part === undefined) json(response, 404, { code: 'not_found' });
    else if (part.cut) response.destroy();
    else json(response, part.status ?? 200, part.json, part.headers);
  }

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    faults,
    asked: () => streams,
    close() {
      stop.abort();
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
}

function json(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** The message that a log holds at `seq`: its text is `m` and the seq, made as long as `bytes`. */
function message(channel: string, seq: number, bytes = 0) {
  const body = `m${seq}`.padEnd(bytes, '.');
  return { channel, seq, author: { id: 'ada', name: 'Ada' }, body, createdAt: '2026-01-01T00:00:00.000Z' };
}
