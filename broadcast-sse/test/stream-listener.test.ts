import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
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

describe('the listener, like Node’s own server,', () => {
  it('closes a connection whose request head does not come, with 408', async () => {
    const { wire } = await dial({ headersTimeout: 200, connectionsCheckingInterval: 50 });
    wire.send('GET /c/lobby HTTP/1.1\r\nHost: x\r\n');
    await wire.has('HTTP/1.1 408 ');
  });

  it('emits close of each response once, whether or not its client waits for it', async () => {
    const { wire, server } = await dial();
    const closed: (string | undefined)[] = [];
    server.prependListener('request', ({ url }, response) => {
      response.on('close', () => closed.push(url));
    });
    const isClosed = (url: string) =>
      until(
        () => closed.includes(url),
        () => `the close of ${url}`,
      );
    wire.get('/c/waits');
    await wire.has('answered');
    await isClosed('/c/waits');

    const held: ServerResponse[] = [];
    server.removeListener('request', server.listeners('request')[1] as () => void);
    server.on('request', (_request, response) => held.push(response));
    const gone = new Wire(listeners[0]?.port ?? 0).get('/c/leaves');
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
    await isClosed('/c/leaves');
    // A second close of any of them would have come before the close of a later response.
    new Wire(listeners[0]?.port ?? 0).get('/c/later');
    await until(
      () => held.length === 2,
      () => 'the later request',
    );
    held[1]?.end('in time');
    await isClosed('/c/later');
    expect(closed).toEqual(['/c/waits', '/c/leaves', '/c/later']);
  });

  it('closes without waiting for connections that are idle', async () => {
    // If it waited for the connection, it would take longer than this test may.
    const { wire, server } = await dial({ keepAliveTimeout: 600_000 });
    wire.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await wire.has('answered');
    await listeners.pop()?.close();
    expect(server.listening).toBe(false);
  });
});
