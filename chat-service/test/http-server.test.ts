import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { answerNotFound, createHttpServer, type HttpEnv } from '@carillon/http';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type Asked, request } from './request.ts';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

/** A connection on which a test writes what it likes. */
async function dial(): Promise<{ socket: Socket; received: () => string; closed: () => boolean }> {
  const socket = connect(chat.port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  return { socket, received: () => text, closed: () => closed };
}

const head = (lines: string) =>
  `POST /c/server HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n${lines}\r\n\r\n`;

describe('what the parser refuses', () => {
  it.each([17, 200, 2_000])('a flood of %i KB of headers is answered with a problem document', async (kb) => {
    const { socket, received, closed } = await dial();
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(kb * 1024)}\r\n\r\n`);
    await eventually('the connection closed', closed);
    expect(received()).toMatch(/^HTTP\/1\.1 431 /);
    expect(received()).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(received().split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 431,
      code: 'headers_too_large',
    });
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['NUL in the path', 'GET /c/\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n'],
    ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is answered with 400 and a problem document', async (_, bytes) => {
    const { socket, received } = await dial();
    socket.write(bytes);
    await eventually('the answer', () => received().includes('}'));
    expect(received()).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(received().split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
    socket.destroy();
  });
});

describe('a health check in HTTP/1.0, without Host', () => {
  it.each([
    ['OPTIONS', '/v1/channels', '204'],
    ['OPTIONS', '/', '204'],
    ['GET', '/v1/channels', '200'],
  ])('by %s %s is answered with %s', async (method, path, status) => {
    const { socket, received, closed } = await dial();
    socket.write(`${method} ${path} HTTP/1.0\r\n\r\n`);
    await eventually('the connection closed', closed);
    expect(received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe('a body that is too large', () => {
  it('is refused by its declared length, before it comes', async () => {
    const { socket, received } = await dial();
    socket.write(head('Content-Length: 1000000000'));
    await eventually('the answer', () => received().includes('body_too_large'));
    socket.destroy();
  });

  it('is refused as soon as it is too large, and a body without an end is cut off', async () => {
    const { socket, received, closed } = await dial();
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    socket.write(head('Transfer-Encoding: chunked') + chunk.repeat(5));
    await eventually('the answer', () => received().includes('body_too_large'));
    await eventually('the connection closed', closed);
  });

  it('leaves a connection that can be used, when it does end', async () => {
    const { socket, received } = await dial();
    socket.write(head('Content-Length: 200000') + 'x'.repeat(200_000));
    await eventually('the refusal', () => received().includes('body_too_large'));
    socket.write(`${head('Content-Length: 2')}ok`);
    await eventually('the next answer', () => received().includes('HTTP/1.1 201'));
    socket.destroy();
  });
});

it('a server behind counted proxies takes from them alone whether a request came by https', async () => {
  const app = new Hono<HttpEnv>();
  app.get('/raw', (c) => c.text(String(c.env.incoming.headers['x-forwarded-proto'])));
  const server = createHttpServer(app, {}, { header: 'forwarded', hops: 1 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ask = async (headers: Record<string, string>) =>
    (await request((server.address() as AddressInfo).port, { path: '/raw', headers })).text;
  expect(await ask({ Forwarded: 'for=_a;proto=https' })).toBe('https');
  expect(await ask({ Forwarded: 'proto=https, for=_a;proto=http', 'X-Forwarded-Proto': 'https' })).toBe(
    'http',
  );
  expect(await ask({})).toBe('http');
  server.closeAllConnections();
  server.close();
});

it('mounted in another app on the same origin the service answers as it does alone', async () => {
  const parent = new Hono<HttpEnv>();
  parent.get('/c/:channel', (c) => c.text('the page'));
  parent.route('/', chat.chat.app);
  parent.notFound(answerNotFound(parent));
  const server = createHttpServer(parent).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ask = (asked: Asked) => request((server.address() as AddressInfo).port, asked);
  expect((await ask({ method: 'POST', path: '/c/mounted', body: 'x' })).json).toMatchObject({ seq: 1 });
  expect((await ask({ path: '/c/mounted' })).text).toBe('the page');
  expect((await ask({ method: 'POST', path: '/c/mounted', body: '' })).json.code).toBe('invalid');
  expect((await ask({ path: '/v1/channels/mounted/messages/9' })).json.code).toBe('not_found');
  expect((await ask({ path: '/nothing' })).json.code).toBe('not_found');
  const put = await ask({ method: 'PUT', path: '/c/mounted' });
  expect([put.json.code, put.headers.allow]).toEqual(['method_not_allowed', 'GET, POST, HEAD, OPTIONS']);
  server.closeAllConnections();
  server.close();
});

it('a post whose body is cut off stores nothing and is no fault of ours', async () => {
  const { socket } = await dial();
  socket.write(`${head('Content-Length: 1000')}half of it`);
  await eventually('the service reads it', async () => (await openRequests()) > 0);
  const before = (await chat.history.extents(['server'])).get('server')?.head;
  socket.destroy();
  await eventually('the post refused', async () => (await openRequests()) === 0);
  expect((await chat.history.extents(['server'])).get('server')?.head).toBe(before);
  expect(chat.logged.filter((line) => line.includes('a request failed'))).toEqual([]);
});

async function openRequests(): Promise<number> {
  return new Promise((resolve) => chat.server.getConnections((_, count) => resolve(count)));
}
