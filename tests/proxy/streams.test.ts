import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Nginx, nginxInstalled, startNginx } from '../servers/nginx.ts';
import { ask, open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams, type Upstream } from './upstream.ts';

const STREAM = '/v1/channels/lobby/stream';
/** As nginx draws them. */
const cookieOf = (reader: number) => `carillon_node=${reader.toString(16).padStart(32, '0')}`;

describe.skipIf(!nginxInstalled)('a stream through the proxy', () => {
  let nodes: Upstream[];
  let nginx: Nginx;
  const opened: IncomingMessage[] = [];

  beforeAll(async () => {
    nodes = await Promise.all([1, 2, 3].map(() => startUpstream(streams)));
    nginx = await startNginx({ chat: [1], broadcast: ports(nodes), page: pageFolder() });
  });
  afterEach(() => {
    for (const stream of opened.splice(0)) stream.destroy();
  });
  afterAll(async () => {
    await nginx?.stop();
    for (const node of nodes) await node.close();
  });

  async function stream(headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const response = await open(nginx.url + STREAM, { headers });
    opened.push(response);
    return response;
  }

  /** The port of the node that serves a reader. */
  async function nodeOf(reader: number, through = nodes): Promise<number> {
    const before = through.map(({ requests }) => requests.length);
    await stream({ cookie: cookieOf(reader) });
    return through.find(({ requests }, index) => requests.length > (before[index] ?? 0))?.port ?? 0;
  }

  it('brings its first event at once, uncompressed even if the client accepts compression', async () => {
    const response = await stream({ 'accept-encoding': 'gzip, deflate, br' });
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^data: first first /);
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.headers['content-type']).toBe('text/event-stream');
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('reaches the node on a connection of its own, as its first request', async () => {
    await stream();
    await stream();
    const sockets = nodes.flatMap(({ requests }) => requests.map(({ socket }) => socket));
    expect(new Set(sockets).size).toBe(sockets.length);
  });

  it('ends at the node as soon as its reader leaves', async () => {
    const reader = await stream({ cookie: cookieOf(7) });
    const atNode = nodes
      .flatMap(({ requests }) => requests)
      .find(({ headers }) => headers.cookie === cookieOf(7));
    const ended = once(atNode?.socket as Socket, 'close');
    reader.destroy();
    await ended;
  });

  it('sets a cookie for a reader without one, which leads it to the same node again', async () => {
    const first = await stream();
    const at = nodes.map(({ requests }) => requests.length);
    const cookie = first.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^carillon_node=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/);

    const [pair = ''] = cookie.split(';');
    const second = await stream({ cookie: pair });
    expect(second.headers).not.toHaveProperty('set-cookie');
    const moved = nodes.map(({ requests }, index) => requests.length - (at[index] ?? 0));
    await stream({ cookie: pair });
    const again = nodes.map(({ requests }, index) => requests.length - (at[index] ?? 0));
    expect(again).toEqual(moved.map((count) => count * 2));
  });

  it('replaces a cookie that is not ours', async () => {
    expect((await stream({ cookie: 'carillon_node=all-to-one-node' })).headers).toHaveProperty('set-cookie');
  });

  it('spreads readers over the nodes, and moves only those of a node that is lost', async () => {
    const readers = Array.from({ length: 60 }, (_, reader) => reader);
    const before = new Map<number, number>();
    for (const reader of readers) before.set(reader, await nodeOf(reader));
    for (const node of nodes)
      expect([...before.values()].filter((port) => port === node.port).length).toBeGreaterThan(5);

    const lost = nodes[0] as Upstream;
    const { port } = lost;
    await lost.close();
    for (const reader of readers) {
      const now = await nodeOf(reader);
      if (before.get(reader) === port) expect(now).not.toBe(port);
      else expect(now).toBe(before.get(reader));
      expect(now).not.toBe(0);
    }
    nodes[0] = await startUpstream(streams, port);
  });

  it('opens at another node at once if its node refuses, fails or cuts', async () => {
    for (const fault of ['refuses', 'says 502', 'says 503', 'cuts'] as const) {
      const faulty = await startUpstream((request, response) => {
        if (fault === 'cuts') request.socket.destroy();
        else response.writeHead(fault === 'says 502' ? 502 : 503).end();
      });
      const sound = await startUpstream(streams);
      const proxy = await startNginx({ chat: [1], broadcast: [faulty.port, sound.port], page: pageFolder() });
      if (fault === 'refuses') await faulty.close();
      for (let reader = 0; reader < 8; reader++) {
        const response = await open(proxy.url + STREAM, { headers: { cookie: cookieOf(reader) } });
        expect(response.statusCode, fault).toBe(200);
        expect((await once(response, 'data')).toString(), fault).toMatch(/^data: first/);
        response.destroy();
      }
      expect(sound.requests).toHaveLength(8);
      await proxy.stop();
      if (fault !== 'refuses') await faulty.close();
      await sound.close();
    }
  });

  it('is 200 and ends with a retry time if there is no node, so that EventSource reconnects', async () => {
    const nobody = await startNginx({ chat: [1], broadcast: [1], page: pageFolder() });
    const { status, headers, body } = await ask(nobody.url + STREAM);
    await nobody.stop();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream');
    expect(body).toMatch(/^: no node answers\nretry: \d{4}\n\n$/);
  });

  it('lets all readers of nodes that were away return at once, while every stream stays open', async () => {
    const places = nodes.map(({ port }) => port);
    for (const node of nodes) await node.close();
    for (let reader = 0; reader < 20; reader++) await stream({ cookie: cookieOf(reader) });
    nodes = await Promise.all(places.map((port) => startUpstream(streams, port)));
    for (let reader = 0; reader < 60; reader++) expect(places).toContain(await nodeOf(reader));
  });
});

describe.skipIf(!nginxInstalled)('a post through the proxy', () => {
  it('is tried at another node if the first cannot be reached', async () => {
    const sound = await startUpstream();
    const nginx = await startNginx({ chat: [1, sound.port], broadcast: [1], page: pageFolder() });
    for (let post = 1; post <= 4; post++) {
      const { status } = await ask(`${nginx.url}/c/lobby`, { method: 'POST', body: 'Hello' });
      expect([status, sound.requests.length]).toEqual([200, post]);
    }
    await nginx.stop();
    await sound.close();
  });

  it('is never sent twice: a node that dies with it is a 502 problem', async () => {
    const dies = () => startUpstream((request) => request.on('end', () => request.socket.destroy()));
    const nodes = [await dies(), await dies()];
    const nginx = await startNginx({ chat: ports(nodes), broadcast: [1], page: pageFolder() });
    const headers = { 'idempotency-key': '4711' };
    const answer = await ask(`${nginx.url}/c/lobby`, { method: 'POST', body: 'Hello', headers });
    expect(answer.status).toBe(502);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'node_away', status: 502 });
    expect(nodes.flatMap(({ requests }) => requests)).toHaveLength(1);

    await nginx.stop();
    for (const node of nodes) await node.close();
  });

  it('keeps connections to the node open', async () => {
    const node = await startUpstream();
    const nginx = await startNginx({
      chat: [node.port],
      broadcast: [1],
      page: pageFolder(),
      env: { OPEN_FILES: '1024' },
    });
    for (let post = 0; post < 20; post++)
      await ask(`${nginx.url}/c/lobby`, { method: 'POST', body: 'Hello' });
    // One for each worker at most.
    expect(new Set(node.requests.map(({ socket }) => socket)).size).toBeLessThan(10);
    await nginx.stop();
    await node.close();
  });
});

function ports(nodes: readonly Upstream[]): number[] {
  return nodes.map(({ port }) => port);
}
