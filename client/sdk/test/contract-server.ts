import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BLOCK_END_BYTES,
  type Change,
  formatCursor,
  formatCursors,
  idEnd,
  isChange,
  jsonFrame,
  type LogEvent,
  logFrame,
  type Message,
  PROBLEMS,
  Problem,
  type ProblemCode,
  parseCursor,
  sharedLogFrame,
} from '@carillon/protocol';

/** A stream that a client has open. */
export interface OpenStream {
  channels: string[];
  response: ServerResponse;
  /** The token its ticket was made with. */
  token: string | undefined;
}

/** An answer to be given instead of the right one. */
export interface Misanswer {
  status: number;
  headers?: Record<string, string>;
  code?: ProblemCode;
  /** Do the work, then cut the connection instead of answering. */
  cutAfterWork?: boolean;
}

/**
 * A small server that speaks the HTTP contract from memory, and misbehaves when told to.
 * @returns the server, listening on a free port.
 */
export async function startContractServer() {
  const epoch = 'e1';
  const logs = new Map<string, LogEvent[]>();
  /** By ticket: the token it was made with. Each is good once. */
  const tickets = new Map<string, string>();
  const streams = new Set<OpenStream>();
  /** Method and URL of each request, in the order they came. */
  const requests: string[] = [];
  const misanswers: { pattern: RegExp; answer: Misanswer }[] = [];
  /** Streams leave out messages with these seqs, once. */
  const skipped = new Set<number>();
  const behaviour = {
    name: 'Guest',
    earliest: 1,
    /** Where set, only these are let in; by token, when it ends, ms since 1970. */
    tokens: undefined as Map<string, number> | undefined,
  };

  const http = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const index = misanswers.findIndex(({ pattern }) => pattern.test(requests.at(-1) ?? ''));
    const wrong = index < 0 ? undefined : misanswers.splice(index, 1)[0]?.answer;
    void answer(request, response, wrong);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));

  async function answer(request: IncomingMessage, response: ServerResponse, wrong?: Misanswer) {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (wrong !== undefined && wrong.cutAfterWork !== true) {
      const problem = wrong.code && new Problem(wrong.code, 'on purpose', {}).document();
      response.writeHead(wrong.status, wrong.headers).end(problem ? JSON.stringify(problem) : '<h1>Bad</h1>');
      return;
    }
    const url = new URL(request.url ?? '/', 'http://server');
    const token = tokenOf(request, url);
    if (behaviour.tokens !== undefined && !((behaviour.tokens.get(token ?? '') ?? 0) > Date.now())) {
      const problem = new Problem('unauthenticated', 'Sign in.', {});
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(problem.document()));
      return;
    }
    if (url.pathname === '/v1/tickets') {
      const ticket = randomUUID();
      tickets.set(ticket, token ?? '');
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ ticket }));
      return;
    }
    const [, , channel = '', what] = /^\/v1\/(channels|stream)\/?([^/]*)\/?(.*)$/.exec(url.pathname) ?? [];
    if (what === 'stream' || url.pathname === '/v1/stream')
      return stream(
        channel === '' ? url.searchParams.getAll('channel') : [channel],
        url,
        request,
        response,
        token,
      );
    const result = call(request, channel, what ?? '', url, text);
    if (wrong?.cutAfterWork) response.destroy();
    else response.writeHead(result.status, { 'content-type': 'application/json' }).end(result.text);
  }

  /** A ticket is spent with the stream that it is for. */
  function tokenOf(request: IncomingMessage, url: URL): string | undefined {
    const ticket = url.searchParams.get('ticket');
    if (ticket === null) return request.headers.authorization?.replace('Bearer ', '');
    const token = tickets.get(ticket);
    tickets.delete(ticket);
    return token;
  }

  function call(request: IncomingMessage, channel: string, what: string, url: URL, text: string) {
    const ok = (value: unknown, status = 200) => ({ status, text: JSON.stringify(value) });
    if (url.pathname === '/v1/session') {
      if (request.method === 'DELETE') return ok({ next: 'https://id.example/end' });
      if (request.method === 'POST') behaviour.name = (JSON.parse(text) as { name: string }).name;
      return ok({ id: behaviour.name === 'Guest' ? 'guest' : 's1', name: behaviour.name });
    }
    if (channel === '') return ok({ channels: [...logs.keys()].map((name) => ({ channel: name })) });
    if (request.method === 'POST') {
      const key = String(request.headers['idempotency-key']);
      const known = log(channel).find((event) => !isChange(event) && event.key === key);
      if (known) return ok(known);
      const { body, replyTo } = JSON.parse(text) as { body: string; replyTo?: number };
      if (body === '') {
        const errors = [{ field: 'body', detail: 'must not be empty' }];
        return ok(new Problem('invalid', 'No', { errors }).document(), PROBLEMS.invalid.status);
      }
      return ok(say(channel, body, { key, ...(replyTo === undefined ? {} : { replyTo }) }), 201);
    }
    const after = Number(url.searchParams.get('after') ?? 0);
    const before = Number(url.searchParams.get('before') ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(url.searchParams.get('limit') ?? 50);
    const kept = log(channel).filter(({ seq }) => seq >= behaviour.earliest && seq > after && seq < before);
    if (what === 'events')
      return ok({
        channel,
        events: kept.slice(0, limit),
        head: log(channel).length,
        earliest: behaviour.earliest,
      });
    const said = kept.filter((event) => !isChange(event));
    const messages = url.searchParams.has('after') ? said.slice(0, limit) : said.slice(-limit);
    return ok({ channel, messages, head: log(channel).length, earliest: behaviour.earliest });
  }

  function stream(
    channels: string[],
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    token: string | undefined,
  ) {
    const opened: OpenStream = { channels, response, token };
    streams.add(opened);
    response.on('close', () => streams.delete(opened));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const asked = request.headers['last-event-id'] ?? url.searchParams.get('cursor');
    const cursor = asked === null ? undefined : parseCursor(String(asked), epoch, channels);
    const positions = new Map(
      channels.map((channel) => {
        const head = log(channel).length;
        const since = url.searchParams.get('since') ?? 'latest';
        const start =
          since === 'latest' ? head : since === 'earliest' ? 0 : Math.max(0, head + Number(since));
        return [channel, (cursor?.ok ? cursor.positions.get(channel) : undefined) ?? start] as const;
      }),
    );
    const where = Object.fromEntries(
      channels.map((channel) => {
        const from = (positions.get(channel) ?? 0) + 1;
        return [channel, { head: log(channel).length, earliest: behaviour.earliest, from }];
      }),
    );
    const id = cursorOf(channels, positions);
    const end = behaviour.tokens?.get(token ?? '');
    const expiresAt = end === undefined ? {} : { expiresAt: new Date(end).toISOString() };
    const time = new Date().toISOString();
    response.write(jsonFrame({ event: 'open', id }, { time, channels: where, ...expiresAt }));
    for (const channel of channels)
      for (const event of log(channel).slice(positions.get(channel))) write(opened, event);
  }

  function write({ channels, response }: OpenStream, event: LogEvent): void {
    if (skipped.delete(event.seq)) return;
    if (channels.length === 1) response.write(logFrame(epoch, event));
    else {
      const heads = new Map(channels.map((channel) => [channel, log(channel).length]));
      response.write(sharedLogFrame(event).slice(0, -BLOCK_END_BYTES) + idEnd(cursorOf(channels, heads)));
    }
  }

  function cursorOf(channels: string[], positions: ReadonlyMap<string, number>): string {
    const [only = ''] = channels;
    return channels.length === 1
      ? formatCursor(epoch, positions.get(only) ?? 0)
      : formatCursors(epoch, positions);
  }

  function log(channel: string): LogEvent[] {
    const known = logs.get(channel) ?? [];
    logs.set(channel, known);
    return known;
  }

  /** Appends a message and sends it to the open streams. */
  function say(channel: string, body: string, more: Partial<Message> = {}): Message {
    const author = { id: 's1', name: behaviour.name };
    const createdAt = new Date().toISOString();
    return append({ channel, seq: log(channel).length + 1, author, body, createdAt, ...more });
  }

  /** Appends a change and sends it, as {@link say} does. */
  function change(channel: string, what: Pick<Change, 'type'> & Record<string, unknown>): Change {
    const author = { id: 's1', name: behaviour.name };
    const createdAt = new Date().toISOString();
    return append({ channel, seq: log(channel).length + 1, author, createdAt, ...what } as Change);
  }

  function append<Event extends LogEvent>(event: Event): Event {
    log(event.channel).push(event);
    for (const open of streams) if (open.channels.includes(event.channel)) write(open, event);
    return event;
  }

  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    behaviour,
    streams,
    requests,
    skipped,
    log,
    say,
    change,
    /** The next request whose "METHOD url" matches is answered so. */
    misanswer: (pattern: RegExp, wrong: Misanswer) => misanswers.push({ pattern, answer: wrong }),
    /** Writes these bytes to every open stream. */
    write: (text: string) => streams.forEach(({ response }) => void response.write(text)),
    /** Cuts every open stream. */
    cut: () => streams.forEach(({ response }) => void response.destroy()),
    close: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

export type ContractServer = Awaited<ReturnType<typeof startContractServer>>;
