import { type IncomingHttpHeaders, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { preferredCoding } from '@carillon/protocol';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';
import { compressed } from '../src/compressed.ts';

describe('what npm start answers', { timeout: 120_000 }, () => {
  let server: Standalone;
  beforeAll(async () => {
    server = await startStandalone();
    const said = Array.from({ length: 50 }, (_, index) =>
      fetch(`${server.url}/c/lobby`, { method: 'POST', body: `message ${index}` }),
    );
    await Promise.all(said);
  }, 120_000);
  afterAll(() => server?.stop());

  /** The bytes as they came: fetch would decode them. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
    new Promise<{ headers: IncomingHttpHeaders; status: number; body: Buffer }>((resolve, reject) => {
      const asked = request(`${server.url}${path}`, { method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ headers: answer.headers, status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }),
        );
        answer.on('error', reject);
      });
      asked.on('error', reject).end(body);
    });

  const PAGE_OF_HISTORY = '/v1/channels/lobby/messages';

  it('is compressed where it is a page of history, and the same', async () => {
    const plain = await get(PAGE_OF_HISTORY);
    const packed = await get(PAGE_OF_HISTORY, { 'Accept-Encoding': 'gzip, deflate, br, zstd' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/json',
      'content-length': `${packed.body.length}`,
      'cache-control': 'no-store',
    });
    for (const { headers } of [plain, packed]) expect(headers.vary).toBe('Accept-Encoding');
    expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
    expect(packed.body.length).toBeLessThan(plain.body.length / 3);
  });

  it.each(['identity', 'gzip;q=0', 'gzip;q=0, *', '*;q=0', 'br', ''])(
    'is as it is for who takes "%s"',
    async (encodings) => {
      const { headers, body } = await get(PAGE_OF_HISTORY, { 'Accept-Encoding': encodings });
      expect(headers).not.toHaveProperty('content-encoding');
      expect(JSON.parse(body.toString()).messages).toHaveLength(50);
    },
  );

  it('is as it is where it is short, the answer to a post, a problem or a look at the head', async () => {
    const gzip = { 'Accept-Encoding': 'gzip' };
    for (const answer of [
      await get('/v1/session', gzip),
      await get('/c/lobby', gzip, 'POST', 'x'.repeat(5_000)),
      await get('/v1/nothing', gzip),
      await get(PAGE_OF_HISTORY, gzip, 'HEAD'),
      await get('/assets/nothing.js.br', gzip),
    ]) {
      expect(answer.headers).not.toHaveProperty('content-encoding');
    }
  });

  it('is compressed where it is the reference of the API', async () => {
    const { headers, body } = await get('/openapi.json', { 'Accept-Encoding': 'gzip' });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(JSON.parse(gunzipSync(body).toString()).openapi).toBe('3.1.0');
  });

  it('is a file of the page in the form that the client likes most, none made anew', async () => {
    const html = (await get('/c/lobby', { Accept: 'text/html' })).body.toString();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
    const plain = await get(script);
    for (const [encodings, encoding, decode] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0.5, gzip;q=0.8', 'gzip', gunzipSync],
      ['br;q=0, *', 'gzip', gunzipSync],
    ] as const) {
      const packed = await get(script, { 'Accept-Encoding': encodings });
      expect(packed.headers, encodings).toMatchObject({
        'content-encoding': encoding,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept, Accept-Encoding',
      });
      expect(decode(packed.body).equals(plain.body)).toBe(true);
    }
    for (const encodings of ['identity', 'gzip;q=0, br;q=0', '*;q=0']) {
      const { headers, body } = await get(script, { 'Accept-Encoding': encodings });
      expect(headers, encodings).not.toHaveProperty('content-encoding');
      expect(body.equals(plain.body)).toBe(true);
    }
    expect((await get(`${script}.br`)).status).toBe(404);
  });

  it('is never compressed where it is a stream', async () => {
    const { headers, body } = await new Promise<{ headers: IncomingHttpHeaders; body: string }>(
      (resolve, reject) => {
        const asked = request(
          `${server.url}/c/lobby?since=-20`,
          { headers: { 'Accept-Encoding': 'gzip, br' } },
          (answer) => {
            let body = '';
            answer.on('error', () => {});
            answer.on('data', (chunk: Buffer) => {
              body += chunk;
              if (!body.includes('message 49')) return;
              asked.destroy();
              resolve({ headers: answer.headers, body });
            });
          },
        );
        asked.on('error', reject).end();
      },
    );
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers['content-type']).toMatch(/^text\/event-stream/);
    expect(body).toContain('event:');
  });
});

describe('an answer that is compressed', () => {
  const LONG = 'x'.repeat(5_000);
  const answered = async (headers: Record<string, string>, status = 200) => {
    const app = new Hono();
    app.get('/', () => new Response(LONG, { status, headers }));
    const asked = new Request('http://localhost/', { headers: { 'Accept-Encoding': 'gzip' } });
    return compressed(app).fetch(asked);
  };
  const json = { 'Content-Type': 'application/json' };

  it('has a weak tag, and keeps all else that is said of it', async () => {
    const { headers } = await answered({ ...json, ETag: '"1"', Vary: 'Cookie', 'X-Other': 'y' });
    expect(Object.fromEntries(headers)).toEqual({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      etag: 'W/"1"',
      vary: 'Cookie, Accept-Encoding',
      'x-other': 'y',
    });
  });

  it.each([
    ['is not to be changed', { ...json, 'Cache-Control': 'no-store, no-transform' }, 200],
    ['is compressed already', { ...json, 'Content-Encoding': 'br' }, 200],
    ['is a picture', { 'Content-Type': 'image/png' }, 200],
    ['is a part', { ...json, 'Content-Range': 'bytes 0-4999/9999' }, 206],
    ['is a stream of events', { 'Content-Type': 'text/event-stream' }, 200],
  ])('is none that %s', async (_, headers, status) => {
    const answer = await answered(headers, status);
    expect(answer.headers.get('content-encoding')).toBe(new Headers(headers).get('content-encoding'));
    expect(await answer.text()).toBe(LONG);
  });
});

it.each([
  [undefined, undefined],
  ['', undefined],
  ['br, gzip', 'br'],
  ['GZIP', 'gzip'],
  ['gzip;q=1.0, br;q=0.1', 'gzip'],
  ['*', 'br'],
  ['br;q=0, *;q=0.1', 'gzip'],
  ['gzip;q=0', undefined],
  ['identity;q=1, *;q=0', undefined],
  [';;,,q=;', undefined],
])('by Accept-Encoding %s the coding is %s', (header, coding) => {
  expect(preferredCoding(header, ['br', 'gzip'])).toBe(coding);
});
