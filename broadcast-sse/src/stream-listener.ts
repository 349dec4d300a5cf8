import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { closeHttpServer } from '@carillon/http';
import { prefersPage } from './stream-or-page.ts';

/**
 * A port whose stream requests go through Node's own upgrade path. That frees the parser (8 KiB a connection become 4) and uses
 * only public API: the request's head gets an `Upgrade` before the server sees it, so Node hands over the bare socket. The app
 * notices nothing: it gets an ordinary request, and answers on an ordinary `ServerResponse`.
 *
 * Only the first request of a connection takes this path, and only if its head comes in one piece; other requests take the plain
 * path, which works as well and keeps the parser. Decision 0010.
 */
export interface Listener {
  port: number;
  /** Accepts no more connections; resolves when the port is free and plain requests in flight are answered. */
  close(): Promise<void>;
}

/** A connection that has sent nothing for this long is closed, ms; Node's own headersTimeout takes over after its first bytes. */
const FIRST_BYTES_TIMEOUT_MS = 60_000;

/** A client that has its response and does not close its side is cut after this, ms. */
const CLOSE_AFTER_ANSWER_MS = 5_000;

/** Connections that the kernel holds until they are accepted: a whole node's clients may reconnect at once. */
const BACKLOG = 4_096;

const STREAM_REQUEST =
  /^GET (?:\/v1\/stream|\/v1\/channels\/[^/ ?]+\/stream|(\/c\/[^/ ?]+))(?:\?[^ ]*)? HTTP\/1\.1\r\n/;
const UPGRADE_HEAD = Buffer.from('Connection: Upgrade\r\nUpgrade: sse\r\n');

/**
 * Makes `server` listen at a port (0 for a free one), and takes each of its connections first. It replaces the server's own
 * `connection` listeners.
 * @throws the server's error if it cannot listen.
 */
export function listenForStreams(
  server: Server,
  options: { port: number; host?: string },
): Promise<Listener> {
  // Node's own listeners, which are called after ours.
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
 * Makes Node parse the first bytes of a connection at once. There is a listener for `upgrade` only while a stream request is
 * parsed: so Node ignores any other request to upgrade, as RFC 9110, 7.8 allows, and reads its body.
 */
function parse(server: Server, socket: Socket, first: Buffer): void {
  const marked = withUpgrade(first);
  if (marked !== undefined) server.on('upgrade', answerUpgrade);
  socket.unshift(marked ?? first);
  socket.read();
  server.off('upgrade', answerUpgrade);
}

/** The first bytes of a connection, marked for the upgrade path; undefined unless they hold the whole head of a stream request. */
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

/** The header `Accept` of a request's head; several are joined, as Node does (RFC 9110, 5.3). */
function acceptOf(head: string): string | undefined {
  const lines = [...head.matchAll(/\r\naccept:([^\r]*)/gi)].map(([, value = '']) => value.trim());
  return lines.length === 0 ? undefined : lines.join(', ');
}

/** Responses whose connection has no parser any more: a stream may take the socket for itself. */
const bare = new WeakSet<ServerResponse>();

/** Whether the response's connection has no parser, since its request came by the upgrade path. */
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

/** Not a closure, which would keep the request and its response for as long as the connection lives. */
function destroy(this: Socket): void {
  this.destroy();
}

/**
 * Ends a connection whose stream request got an ordinary response. It has no parser that would time it out or emit the
 * response's `close`, as Node does for others: listeners that count responses wait for that event.
 */
function endConnection(this: ServerResponse): void {
  const { socket } = this;
  if (socket === null) return;
  this.detachSocket(socket);
  socket.setTimeout(CLOSE_AFTER_ANSWER_MS).on('timeout', destroy);
  socket.end();
  // If the connection broke first, Node has emitted it.
  if (!this.closed) this.emit('close');
}
