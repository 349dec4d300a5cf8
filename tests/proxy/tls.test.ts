import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Nginx, nginxInstalled, startNginx } from '../servers/nginx.ts';
import { ask } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams, type Upstream } from './upstream.ts';

describe.skipIf(!nginxInstalled)('the proxy with TLS', () => {
  let chat: Upstream;
  let broadcast: Upstream;

  beforeAll(async () => {
    chat = await startUpstream();
    broadcast = await startUpstream(streams);
  });
  afterAll(async () => {
    await chat?.close();
    await broadcast?.close();
  });

  const start = (env: Record<string, string> = {}) =>
    startNginx({ chat: [chat.port], broadcast: [broadcast.port], page: pageFolder(), env });
  const session = (nginx: Nginx) => connect(nginx.secureUrl, { ca: nginx.certificate });

  it('speaks HTTP/2, and streams and posts over one connection', async () => {
    const nginx = await start();
    const connection = session(nginx);
    const stream = connection.request({ ':path': '/v1/stream?channel=a', 'accept-encoding': 'gzip' });
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    expect(connection.alpnProtocol).toBe('h2');
    expect(headers[':status']).toBe(200);
    expect(String((await once(stream, 'data'))[0])).toMatch(/^data: first/);

    const post = connection.request({ ':path': '/c/lobby', ':method': 'POST', origin: nginx.secureUrl });
    expect(await read(post, 'Hello')).toBe(String(chat.port));
    expect(chat.requests.at(-1)?.headers).toMatchObject({
      host: `127.0.0.1:${nginx.securePort}`,
      'x-forwarded-proto': 'https',
    });
    connection.destroy();
    await nginx.stop();
  });

  it('sends no Strict-Transport-Security while http is open, too', async () => {
    const nginx = await start();
    const connection = session(nginx);
    const page = connection.request({ ':path': '/index.html' });
    const [headers] = (await once(page, 'response')) as [Record<string, string>];
    expect(headers).not.toHaveProperty('strict-transport-security');
    connection.destroy();
    await nginx.stop();
  });

  it('redirects everything to https with HTTPS_ONLY, keeps the method, and has browsers remember it', async () => {
    const nginx = await start({ HTTPS_ONLY: 'on' });
    const asked = chat.requests.length;
    const plain = await ask(`${nginx.url}/c/lobby?since=-20`, {
      method: 'POST',
      body: 'Hello',
      headers: { host: 'chat.example' },
    });
    expect([plain.status, plain.headers.location]).toEqual([308, 'https://chat.example/c/lobby?since=-20']);
    expect(chat.requests.length).toBe(asked);

    const connection = session(nginx);
    const page = connection.request({ ':path': '/index.html' });
    const [headers] = (await once(page, 'response')) as [Record<string, string>];
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    connection.destroy();
    await nginx.stop();
  });
});

function read(stream: ClientHttp2Stream, body: string): Promise<string> {
  stream.end(body);
  return text(stream);
}
