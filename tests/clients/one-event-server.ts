import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that answers each request with a stream of one event. */
export interface OneEventServer {
  url: string;
  /** How long the first client stayed behind the event, ms; undefined while it is there. */
  readonly stayedMs: number | undefined;
  close(): Promise<void>;
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** @param then what follows on the event: nothing at all, or a regular end. */
export async function startOneEventServer(event: string, then: 'silence' | 'end'): Promise<OneEventServer> {
  const sockets = new Set<Socket>();
  const answer = `${HEAD}${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`;
  let stayedMs: number | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      const began = performance.now();
      if (then === 'end') socket.end(answer + LAST_CHUNK);
      else socket.write(answer);
      socket.on('close', () => {
        stayedMs ??= performance.now() - began;
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get stayedMs() {
      return stayedMs;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
