import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to a server that counts the streams which come through it: those of others are not among them. */
export interface CountedStreams {
  readonly port: number;
  /** How many stand now. */
  readonly open: number;
  close(): Promise<void>;
}

/** @param target the port on 127.0.0.1 to which all is passed on as it is. */
export async function countStreams(target: number): Promise<CountedStreams> {
  let open = 0;
  const server = createServer((asked, answer) => {
    const { method, url, headers } = asked;
    const passed = request({ host: '127.0.0.1', port: target, method, path: url, headers });
    passed.on('error', () => answer.destroy());
    passed.on('response', (came) => {
      answer.writeHead(came.statusCode ?? 502, came.rawHeaders);
      answer.flushHeaders();
      if (came.headers['content-type']?.startsWith('text/event-stream')) {
        open += 1;
        answer.once('close', () => {
          open -= 1;
        });
      }
      came.on('error', () => answer.destroy()).pipe(answer);
    });
    answer.once('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return open;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
