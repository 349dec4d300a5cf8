import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { closeHttpServer } from '@carillon/http';
import { prefersPage } from './stream-or-page.ts';

/**
 * Takes an HTTP server's connections, and lets those that ask for a stream go through Node's own upgrade path. It
 * frees the parser (8 KiB a connection become 4), and only public API is used: the request's head gets an
 * `Upgrade` before the server sees it, so Node hands the bare socket over. The app notices nothing: it is asked
 * as ever, and answers on an ordinary `ServerResponse`.
 *
 * It serves the first request of a connection whose head comes in one piece; any other goes the plain way, which
 * works as well and costs the parser.
 */
export interface Listener {
  port: number;
  /** Takes no more connections; resolves when the port is free and plain requests in flight are answered. */
  close(): Promise<void>;
}

/** A connection that has said nothing for this long is closed, ms; Node's own headersTimeout takes over after its first bytes. */
const FIRST_BYTES_TIMEOUT_MS = 60_000;

/** A client that has its answer and does not close its side is cut after this, ms. */
const CLOSE_AFTER_ANSWER_MS = 5_000;

/** Connections the kernel holds until they are accepted: a whole node's readers may return at once. */
const BACKLOG = 4_096;

const STREAM_REQUEST =
  /^GET (?:\/v1\/stream|\/v1\/channels\/[^/ ?]+\/stream|(\/c\/[^/ ?]+))(?:\?[^ ]*)? HTTP\/1\.1\r\n/;
const UPGRADE_HEAD = Buffer.from('Connection: Upgrade\r\nUpgrade: sse\r\n');

/** Makes `server` listen at a port, and looks at each of its connections first; 0 picks a free port. */
export function listenForStreams(
  server: Server,
  options: { port: number; host?: string },
): Promise<Listener> {
  // Node's own way to take a connection, which comes second now.
  const takers = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    waiting.add(socket);
    socket.setTimeout(FIRST_BYTES_TIMEOUT_MS);
    socket.on('timeout', giveUp).on('error', giveUp).on('end', giveUp);
    socket.once('close', forget);
    socket.once('data', (first: Buffer) => {
      forget();
      socket.off('timeout', giveUp).off('error', giveUp).off('end', giveUp).off('close', forget);
      socket.setTimeout(0);
      socket.pause();
      for (const take of takers) take.call(server, socket);
      parse(server, socket, first);
      socket.resume();
    });
    function giveUp(): void {
      socket.destroy();
    }
    function forget(): void {
      waiting.delete(socket);
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options, backlog: BACKLOG }, () => {
      server.removeListener('error', reject);
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({
        port,
        close: () => {
          for (const socket of waiting) socket.destroy();
          return closeHttpServer(server);
        },
      });
    });
  });
}

/**
 * Has Node parse the first bytes of a connection at once. Only while a request of ours is parsed does anybody listen
 * to `upgrade`: so Node ignores any other wish to upgrade, as RFC 9110 7.8 allows, body and all.
 */
function parse(server: Server, socket: Socket, first: Buffer): void {
  const marked = withUpgrade(first);
  if (marked !== undefined) server.on('upgrade', answerUpgrade);
  socket.unshift(marked ?? first);
  socket.read();
  server.off('upgrade', answerUpgrade);
}

/** The first bytes of a connection marked for the upgrade path, where they hold the whole head of a stream request. */
function withUpgrade(first: Buffer): Buffer | undefined {
  const headEnd = first.indexOf('\r\n\r\n');
  if (headEnd < 0 || first[0] !== 0x47) return undefined;
  const head = first.toString('latin1', 0, headEnd + 4);
  const request = STREAM_REQUEST.exec(head);
  if (request === null || /\r\n(?:upgrade|content-length|transfer-encoding)[ \t]*:/i.test(head))
    return undefined;
  if (request[1] !== undefined && prefersPage(acceptOf(head))) return undefined;
  const lineEnd = request[0].length;
  return Buffer.concat([first.subarray(0, lineEnd), UPGRADE_HEAD, first.subarray(lineEnd)]);
}

/** The header `Accept` of a request's head, joined as Node joins it where it stands there more than once. */
function acceptOf(head: string): string | undefined {
  const lines = [...head.matchAll(/\r\naccept:([^\r]*)/gi)].map(([, value = '']) => value.trim());
  return lines.length === 0 ? undefined : lines.join(', ');
}

/** Responses whose connection Node's parser has left: whoever takes the socket has it alone. */
const bare = new WeakSet<ServerResponse>();

export function isBare(response: ServerResponse): boolean {
  return bare.has(response);
}

function answerUpgrade(this: Server, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  bare.add(response);
  socket.on('error', destroy);
  response.on('finish', endConnection);
  this.emit('request', request, response);
}

/** Not a closure: it would keep the request and its response for as long as the connection lives. */
function destroy(this: Socket): void {
  this.destroy();
}

/**
 * Ends a connection whose request got an ordinary answer. There is no parser any more that would time it out, and
 * nobody else who would say `close` of the response, as Node does of any: those who count answers wait for it.
 */
function endConnection(this: ServerResponse): void {
  const { socket } = this;
  if (socket === null) return;
  this.detachSocket(socket);
  socket.setTimeout(CLOSE_AFTER_ANSWER_MS).on('timeout', destroy);
  socket.end();
  // Where the connection broke first, Node has said it.
  if (!this.closed) this.emit('close');
}
