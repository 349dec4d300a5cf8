import { execFileSync } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Nginx, nginxInstalled, startNginx } from '../servers/nginx.ts';
import { ask, open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams, type Upstream } from './upstream.ts';

const RENDER = join(import.meta.dirname, '../../nginx/render');
const PROXIES = '10.244.0.0/16 127.0.0.1';
const CALLER = '203.0.113.7';

describe.skipIf(!nginxInstalled)('the proxy behind another', () => {
  let chat: Upstream;
  let broadcast: Upstream;
  const started: Nginx[] = [];

  beforeAll(async () => {
    chat = await startUpstream();
    broadcast = await startUpstream(streams);
  });
  afterEach(async () => {
    for (const nginx of started.splice(0)) await nginx.stop();
  });
  afterAll(async () => {
    await chat?.close();
    await broadcast?.close();
  });

  async function start(env: Record<string, string>): Promise<Nginx> {
    const nodes = { chat: [chat.port], broadcast: [broadcast.port] };
    const nginx = await startNginx({ ...nodes, page: pageFolder(), env });
    started.push(nginx);
    return nginx;
  }
  /** nginx writes its line after the answer. */
  const logged = (nginx: Nginx, line: object) =>
    expect.poll(() => nginx.accessLog(), { timeout: 20_000 }).toEqual([expect.objectContaining(line)]);
  const told = () => (chat.requests.at(-1) as IncomingMessage).headers;

  it('believes a trusted proxy about the address of the caller and about TLS', async () => {
    const nginx = await start({ TRUSTED_PROXIES: PROXIES });
    const headers = { 'x-forwarded-for': CALLER, 'x-forwarded-proto': 'https' };
    await ask(`${nginx.url}/checks`, { headers });
    expect(told()).toMatchObject({
      'x-real-ip': CALLER,
      'x-forwarded-for': CALLER,
      'x-forwarded-proto': 'https',
    });
    await logged(nginx, { client: CALLER, scheme: 'https' });
  });

  it('takes the last address that is not one of its proxies, whatever the caller wrote before it', async () => {
    const nginx = await start({ TRUSTED_PROXIES: PROXIES });
    const headers = { 'x-forwarded-for': `9.9.9.9, ${CALLER}, 10.244.3.4`, 'x-forwarded-proto': 'gopher' };
    await ask(`${nginx.url}/checks`, { headers });
    expect(told()).toMatchObject({ 'x-real-ip': CALLER, 'x-forwarded-proto': 'http' });
  });

  it('believes nobody else', async () => {
    const nginx = await start({ TRUSTED_PROXIES: '10.244.0.0/16', HTTPS_ONLY: 'on' });
    const headers = { 'x-forwarded-for': CALLER, 'x-forwarded-proto': 'https', host: 'chat.example' };
    const { status, headers: answered } = await ask(`${nginx.url}/checks`, { headers });
    expect([status, answered.location]).toEqual([308, 'https://chat.example/checks']);
    await logged(nginx, { client: '127.0.0.1', scheme: 'http' });
  });

  it('counts the streams of each caller, not of the proxy', async () => {
    const nginx = await start({ TRUSTED_PROXIES: PROXIES, STREAMS_PER_ADDRESS: '1' });
    const url = `${nginx.url}/v1/channels/lobby/stream`;
    const by = (address: string) => open(url, { headers: { 'x-forwarded-for': address } });
    const held = [await by(CALLER), await by('203.0.113.8')];
    const refused = await by(CALLER);
    expect([...held, refused].map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    for (const stream of [...held, refused]) stream.destroy();
  });

  it('serves callers that came by TLS with HTTPS_ONLY, has browsers remember it, and redirects the others', async () => {
    const nginx = await start({ TRUSTED_PROXIES: PROXIES, HTTPS_ONLY: 'on' });
    const asked = chat.requests.length;
    const by = (scheme: string) =>
      ask(`${nginx.url}/checks`, { headers: { 'x-forwarded-proto': scheme, host: 'chat.example' } });
    const plain = await by('http');
    expect([plain.status, plain.headers.location]).toEqual([308, 'https://chat.example/checks']);
    expect(chat.requests.length).toBe(asked);

    const secure = await by('https');
    expect(secure.status).toBe(200);
    expect(secure.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(told()).toMatchObject({ 'x-forwarded-proto': 'https' });
  });

  it.each(['10.244.0.0/16; }', 'ingress.example', '*'])(
    'does not start with %s as proxies',
    (TRUSTED_PROXIES) => {
      const nodes = { CHAT_NODES: '127.0.0.1:1', BROADCAST_NODES: '127.0.0.1:1', PAGE: '/tmp' };
      const env = {
        ...process.env,
        ...nodes,
        CERTIFICATE: '/dev/null',
        CERTIFICATE_KEY: '/dev/null',
        TRUSTED_PROXIES,
      };
      expect(() => execFileSync(RENDER, ['/nowhere'], { env, stdio: 'pipe' })).toThrow('TRUSTED_PROXIES');
    },
  );
});
