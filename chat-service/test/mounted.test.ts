import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerNotFound, createHttpServer, type HttpEnv } from '../src/index.ts';
import { type Asked, request } from './request.ts';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;
const parent = new Hono<HttpEnv>();
const server = createHttpServer(parent);
beforeAll(async () => {
  chat = await startChat();
  parent.get('/c/:channel', (c) => c.text('the page'));
  parent.route('/', chat.chat.app);
  parent.notFound(answerNotFound(parent));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await chat.close();
});

const ask = (asked: Asked) => request((server.address() as AddressInfo).port, asked);

it('mounted in another app on the same origin it answers as it does alone', async () => {
  expect((await ask({ method: 'POST', path: '/c/mounted', body: 'x' })).json).toMatchObject({ seq: 1 });
  expect((await ask({ path: '/c/mounted' })).text).toBe('the page');
  expect((await ask({ method: 'POST', path: '/c/mounted', body: '' })).json.code).toBe('invalid');
  expect((await ask({ path: '/v1/channels/mounted/messages/9' })).json.code).toBe('not_found');
  expect((await ask({ path: '/nothing' })).json.code).toBe('not_found');
  const put = await ask({ method: 'PUT', path: '/c/mounted' });
  expect([put.json.code, put.headers.allow]).toEqual(['method_not_allowed', 'GET, POST, HEAD, OPTIONS']);
});
