import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { shortest } from '../../tests/shortest.ts';
import { type Listener, listenForStreams } from '../src/stream-listener.ts';
import { until, Wire } from './support/serve.ts';

let listeners: Listener[] = [];
afterEach(async () => {
  for (const listener of listeners) await listener.close();
  listeners = [];
});

/** A server of its own, and a connection to it. */
async function dial(options: ServerOptions = {}): Promise<{ wire: Wire; server: Server }> {
  const server = createServer(options, (_request, response) => response.end('answered'));
  const listener = await listenForStreams(server, { port: 0, host: '127.0.0.1' });
  listeners.push(listener);
  return { wire: new Wire(listener.port), server };
}

describe('the listener keeps of Node’s server that it', () => {
  it('closes a connection whose head does not come, with 408', async () => {
    const { wire } = await dial({ headersTimeout: 200, connectionsCheckingInterval: 50 });
    wire.send('GET /c/lobby HTTP/1.1\r\nHost: x\r\n');
    await wire.has('HTTP/1.1 408 ');
  });

  it('says close of each response, once, where its reader waits for the answer and where not', async () => {
    const { wire, server } = await dial();
    let closed = 0;
    server.prependListener('request', (_request, response) => {
      response.on('close', () => {
        closed += 1;
      });
    });
    const isClosed = (times: number) =>
      until(
        () => closed === times,
        () => `${times} times close, not ${closed}`,
      );
    wire.get('/c/lobby');
    await wire.has('answered');
    await isClosed(1);

    const held: ServerResponse[] = [];
    server.removeListener('request', server.listeners('request')[1] as () => void);
    server.on('request', (_request, response) => held.push(response));
    const gone = new Wire(listeners[0]?.port ?? 0).get('/c/lobby');
    await until(
      () => held.length === 1,
      () => 'the request',
    );
    gone.socket.resetAndDestroy();
    await until(
      () => gone.ended,
      () => 'the end of the connection',
    );
    held[0]?.end('too late');
    await isClosed(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(closed).toBe(2);
  });

  it('closes without waiting for connections that are idle', async () => {
    const limitMs = 1_000;
    const took = await shortest(limitMs, async () => {
      const { wire, server } = await dial();
      wire.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await wire.has('answered');
      const startedAt = performance.now();
      await listeners.pop()?.close();
      expect(server.listening).toBe(false);
      return performance.now() - startedAt;
    });
    expect(took).toBeLessThan(limitMs);
  });
});
