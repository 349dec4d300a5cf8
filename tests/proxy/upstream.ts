import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../servers/free-port.ts';

/** A node behind the proxy that tells what it was asked. */
export interface Upstream {
  readonly port: number;
  /** What came so far, oldest first. */
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Starts a node on 127.0.0.1, on a port that it may have again later; without an `answer` it says 200 and its own port. */
export async function startUpstream(
  answer?: (request: IncomingMessage, response: ServerResponse) => void,
  port?: number,
): Promise<Upstream> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    if (answer === undefined) response.end(String((server.address() as AddressInfo).port));
    else answer(request, response);
  });
  server.listen(port ?? (await freePort()), '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What a broadcast node does: says an event at once, and stays. */
export function streams(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(`data: ${'first '.repeat(300)}\n\n`);
}
