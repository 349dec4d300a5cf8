import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { prefersPage } from '@carillon/broadcast-sse';
import { NOT_FOUND_PAGE, PLAIN_PAGE_HEADERS } from '@carillon/http';
import { Problem, type ProblemDocument } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPage } from '../../standalone/src/page.ts';
import { type Nginx, nginxInstalled, startNginx } from '../servers/nginx.ts';
import { ask, open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams, type Upstream } from './upstream.ts';

describe.skipIf(!nginxInstalled)('the proxy', () => {
  let chat: Upstream;
  let broadcast: Upstream;
  let nginx: Nginx;
  let page: string;

  beforeAll(async () => {
    chat = await startUpstream();
    broadcast = await startUpstream();
    page = pageFolder();
    nginx = await startNginx({ chat: [chat.port], broadcast: [broadcast.port], page });
  });
  afterAll(async () => {
    await nginx?.stop();
    await chat?.close();
    await broadcast?.close();
  });

  const last = ({ requests }: Upstream) => requests.at(-1) as IncomingMessage;

  it.each([
    ['GET', '/v1/channels?limit=2'],
    ['POST', '/v1/channels/lobby/messages'],
    ['GET', '/docs'],
    ['GET', '/docs/swagger-ui.css'],
    ['GET', '/openapi.json'],
    ['GET', '/asyncapi.json'],
    ['GET', '/docs/events'],
    ['GET', '/checks'],
    ['POST', '/c/lobby'],
  ])('leads %s %s to the chat service', async (method, path) => {
    const { body } = await ask(`${nginx.url}${path}`, { method });
    expect(body).toBe(String(chat.port));
    expect(last(chat)).toMatchObject({ method, url: path });
  });

  it('passes on the largest cookie that a session may be, beside another and the way back', async () => {
    const cookies = [`carillon_session=${'s'.repeat(3_840)}; Path=/`, 'carillon_sign_in=; Path=/'];
    const location = `/${'r'.repeat(1_000)}`;
    const provider = await startUpstream((_request, response) => {
      response.writeHead(302, { 'Set-Cookie': cookies, Location: location }).end();
    });
    const proxy = await startNginx({ chat: [provider.port], broadcast: [broadcast.port], page });
    try {
      const { status, headers } = await ask(`${proxy.url}/v1/auth/callback`);
      expect(status).toBe(302);
      expect(headers['set-cookie']).toEqual(cookies);
      expect(headers.location).toMatch(/r{1000}$/);
    } finally {
      await proxy.stop();
      await provider.close();
    }
  });

  it.each(['/v1/stream?channel=a&channel=b', '/v1/channels/lobby/stream?since=-20'])(
    'leads GET %s to a broadcast node',
    async (path) => {
      expect((await ask(nginx.url + path)).body).toBe(String(broadcast.port));
      expect(last(broadcast).url).toBe(path);
    },
  );

  it('serves a channel to a browser as the page, and to other clients as its stream', async () => {
    const browser = await ask(`${nginx.url}/c/lobby`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(browser.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(browser.body).toBe(readFileSync(join(page, 'index.html'), 'utf8'));

    const curl = await ask(`${nginx.url}/c/lobby?since=-20`, { headers: { accept: '*/*' } });
    expect(curl.body).toBe(String(broadcast.port));
    expect(last(broadcast).url).toBe('/v1/channels/lobby/stream?since=-20');
  });

  it.each([
    ['text/html;q=0, */*', 'stream'],
    ['text/html;q=0', 'stream'],
    ['text/html; q=0.0, text/event-stream', 'stream'],
    ['text/html;q=0.5, text/event-stream', 'stream'],
    ['text/event-stream, text/html;q=0.5', 'stream'],
    ['text/event-stream, text/html', 'stream'],
    ['text/event-stream', 'stream'],
    ['application/json', 'stream'],
    ['text/html, text/event-stream', 'page'],
    ['text/event-stream;q=0, text/html', 'page'],
    ['text/event-stream;q=0.5, text/html', 'page'],
    ['TEXT/HTML', 'page'],
    ['text/html;q=0.5, */*;q=0.1', 'page'],
    ['application/xhtml+xml, text/html;level=1', 'page'],
  ])('reads Accept: %s as the services do: the %s', async (accept, wanted) => {
    expect(prefersPage(accept)).toBe(wanted === 'page');
    const { body } = await ask(`${nginx.url}/c/lobby`, { headers: { accept } });
    expect(body).toBe(
      wanted === 'page' ? readFileSync(join(page, 'index.html'), 'utf8') : String(broadcast.port),
    );
  });

  it('shows a browser the page of npm start where there is nothing', async () => {
    for (const path of ['/nothing', '/metrics', '/c/lobby/0']) {
      const answer = await ask(nginx.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect([answer.status, answer.body]).toEqual([404, NOT_FOUND_PAGE]);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': PLAIN_PAGE_HEADERS['Content-Security-Policy'],
        'cache-control': 'no-store',
        vary: 'Accept',
      });
    }
    const refused = await ask(`${nginx.url}/nothing`, { headers: { accept: 'text/html;q=0, */*' } });
    expect([refused.status, refused.headers['content-type']]).toEqual([404, 'application/problem+json']);
  });

  it('serves a message to a browser as the page, and to other clients by the API, and accepts no other name for a channel', async () => {
    const browser = await ask(`${nginx.url}/c/lobby/42`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect([browser.status, browser.body]).toEqual([200, readFileSync(join(page, 'index.html'), 'utf8')]);
    const curl = await ask(`${nginx.url}/c/lobby/42`, { headers: { accept: '*/*' } });
    expect([curl.status, curl.headers.location]).toEqual([303, '/v1/channels/lobby/messages/42']);
    expect((await ask(`${nginx.url}/c/lobby/42`, { method: 'POST', body: 'x' })).status).toBe(404);
    for (const path of ['/c/lobby/x', '/c/lobby/0', '/c/a%0d%0ax:%20y/1', '/c/../1', '/c/lobby/42/1'])
      expect((await ask(nginx.url + path)).status).toBe(404);
  });

  it('leads the root to the lobby, wherever the origin is', async () => {
    const { status, headers } = await ask(nginx.url);
    expect([status, headers.location]).toEqual([302, '/c/lobby']);
  });

  it.each([
    '/metrics',
    '/healthz',
    '/readyz',
    '/status',
    '/nodes.conf',
    '/problems/not_found.problem',
    '/.env',
  ])('has nothing at %s', async (path) => {
    const asked = chat.requests.length + broadcast.requests.length;
    const { status, headers, body } = await ask(nginx.url + path);
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ code: 'not_found', status: 404 });
    expect(chat.requests.length + broadcast.requests.length).toBe(asked);
  });

  it('tells the services the address of the caller, and nothing that the caller made up', async () => {
    const made = { 'x-real-ip': '9.9.9.9', 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'gopher' };
    const forged = { ...made, 'x-forwarded-host': 'evil', forwarded: 'for=9.9.9.9', 'using-nginx': 'false' };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const host = `chat.example:${nginx.port}`;
    await ask(`${nginx.url}/checks`, { headers: { ...forged, host, traceparent } });
    const { headers } = last(chat);
    expect(headers).toMatchObject({
      host,
      traceparent,
      'using-nginx': 'true',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': host,
    });
    expect(headers).not.toHaveProperty('forwarded');
  });

  it("keeps a caller's request id if it is valid, and returns it", async () => {
    const sane = await ask(`${nginx.url}/checks`, { headers: { 'x-request-id': 'from-the-caller-1' } });
    expect(sane.headers['x-request-id']).toBe('from-the-caller-1');
    expect(last(chat).headers['x-request-id']).toBe('from-the-caller-1');

    const odd = await ask(`${nginx.url}/checks`, { headers: { 'x-request-id': '"}<script>' } });
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(last(chat).headers['x-request-id']).toBe(odd.headers['x-request-id']);
  });

  it("sets security headers once, whatever the service sets, and leaves a page's own policy", async () => {
    const node = await startUpstream((request, response) => {
      response.setHeader('X-Content-Type-Options', 'nosniff');
      if (request.url === '/docs') response.setHeader('Content-Security-Policy', "default-src 'self'");
      response.end('{}');
    });
    await nginx.reload({ chat: [node.port], broadcast: [broadcast.port] });
    const data = await ask(`${nginx.url}/v1/channels`);
    const docs = await ask(`${nginx.url}/docs`);
    await nginx.reload({ chat: [chat.port], broadcast: [broadcast.port] });
    await node.close();
    expect(data.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(docs.headers['content-security-policy']).toBe("default-src 'self'");
    expect(data.headers).not.toHaveProperty('access-control-allow-origin');
    expect(data.headers).not.toHaveProperty('strict-transport-security');
    expect(data.headers.server).toBe('nginx');
  });

  it.each(['/index.html', '/assets/index-abc123.js', '/assets/index-abc123.css'])(
    'serves %s with the headers of npm start',
    async (path) => {
      const standalone = await createPage(page).request(path);
      const { status, headers, body } = await ask(nginx.url + path);
      expect(status).toBe(200);
      expect(body).toBe(await standalone.text());
      for (const name of [
        'content-type',
        'cache-control',
        'content-security-policy',
        'x-content-type-options',
        'referrer-policy',
      ])
        expect(headers[name] ?? null, name).toBe(standalone.headers.get(name));
    },
  );

  it('compresses text for clients that accept it compressed', async () => {
    const { headers } = await ask(`${nginx.url}/assets/index-abc123.js`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(headers['content-encoding']).toBe('gzip');
  });

  it('answers its own refusals as problems of the closed list', async () => {
    const directory = join(import.meta.dirname, '../../nginx/problems');
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.problem'))) {
      const document = JSON.parse(readFileSync(join(directory, name), 'utf8')) as ProblemDocument;
      expect(`${document.code}.problem`).toBe(name);
      expect(document).toEqual(new Problem(document.code, document.detail).document());
    }
  });

  it.each([
    ['a body over the bound', { method: 'POST', body: 'x'.repeat(70_000), path: '/c/lobby' }, 413],
    ['headers over the bound', { headers: { 'x-long': 'x'.repeat(40_000) }, path: '/checks' }, 431],
    ['an address over the bound', { path: `/checks?${'x'.repeat(40_000)}` }, 400],
    ['a write to a file', { method: 'POST', path: '/index.html' }, 405],
  ])('answers %s with a problem document', async (_, { path, ...options }, status) => {
    const answer = await ask(nginx.url + path, options);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(JSON.parse(answer.body)).toMatchObject({ status });
  });

  it('lets a body of 64 KiB through, and lets the service refuse what is a little over', async () => {
    const posts = chat.requests.length;
    await ask(`${nginx.url}/c/lobby`, { method: 'POST', body: 'x'.repeat(64 * 1024 + 1) });
    expect(chat.requests.length).toBe(posts + 1);
  });

  it('limits the calls and streams of one address, with 429 and Retry-After', async () => {
    const stayed = await startUpstream(streams);
    const env = { CALLS_PER_SECOND: '1', CALLS_BURST: '2', STREAMS_PER_ADDRESS: '2' };
    const bounded = await startNginx({ chat: [chat.port], broadcast: [stayed.port], page, env });
    const calls = await Promise.all(Array.from({ length: 8 }, () => ask(`${bounded.url}/checks`)));
    const refused = calls.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    expect(JSON.parse(refused[0]?.body ?? '')).toMatchObject({ code: 'rate_limited' });
    expect(calls.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3);

    const url = `${bounded.url}/v1/channels/lobby/stream`;
    const held = [await open(url), await open(url)];
    expect(held.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect((await ask(url)).status).toBe(429);
    for (const stream of held) stream.destroy();
    await bounded.stop();
    await stayed.close();
  });

  it('answers its own health check with the page, on an address of its own', async () => {
    const { status, body } = await ask(`http://127.0.0.1:${nginx.adminPort}/healthz`);
    expect([status, body]).toEqual([200, readFileSync(join(page, 'index.html'), 'utf8')]);
  });
});
