import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type BroadcastParts, broadcastChecks } from '../src/checks/broadcast.ts';

const PATIENCE_MS = 20_000;

const servers: Server[] = [];
const streams = new Set<ServerResponse>();
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  streams.clear();
});

/** What of a broadcast node the check sees, on an address of its own. */
async function startNode(host: string, port = 0): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('event: open\ndata: {}\n\n');
    streams.add(response);
  });
  servers.push(server);
  await once(server.listen(port, host), 'listening');
  return (server.address() as AddressInfo).port;
}

const parts: BroadcastParts = {
  post: async ({ channel, author, body }) => {
    for (const stream of streams) stream.write(`event: message\ndata: ${JSON.stringify({ body })}\n\n`);
    return {
      outcome: 'created',
      message: { channel, seq: 1, author, body, createdAt: new Date(0).toISOString() },
    };
  },
  history: { retain: async () => 0 },
  services: { issue: () => 'token' },
  resolve: async () => ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
};

async function run(port: number): Promise<string> {
  const [check] = broadcastChecks([`http://broadcast-sse:${port}`], parts);
  if (check === undefined || !('run' in check)) throw new Error('there is no check');
  return check.run(AbortSignal.timeout(PATIENCE_MS));
}

describe('the check of the streams', () => {
  it('names nodes by number, never by host', () => {
    const checks = broadcastChecks(['http://10.0.0.7:8082', 'http://node.internal:8082'], parts);
    expect(checks.map(({ name, title }) => [name, title])).toEqual([
      ['broadcast 1', 'Broadcast 1'],
      ['broadcast 2', 'Broadcast 2'],
    ]);
  });

  it('tests every node behind a name, and fails where one of them does', async () => {
    const port = await startNode('127.0.0.1');
    await expect(run(port)).rejects.toThrow('1 of 2 nodes: refuses connections');
    await startNode('127.0.0.2', port);
    expect(await run(port)).toBe('a message arrived by the stream of each of 2 nodes');
  });
});
