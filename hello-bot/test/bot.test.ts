import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../tests/servers/free-port.ts';
import { type Bot, type BotOptions, startBot } from '../src/index.ts';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

type Answer = (response: ServerResponse, received: Received) => void;

const WITHIN = { timeout: 30_000, interval: 2 };
const SESSION = 'carillon_session=abc.def';

const created: Answer = (response) => response.writeHead(201).end('{}');
const newSession: Answer = (response) =>
  response.writeHead(201, { 'Set-Cookie': ['other=1', `${SESSION}; Path=/; HttpOnly`] }).end('{}');

describe('the bot', () => {
  let server: Server;
  let url: string;
  let received: Received[];
  let onSession: Answer;
  let onPost: Answer;
  const bots: Bot[] = [];

  beforeEach(async () => {
    received = [];
    onSession = newSession;
    onPost = created;
    server = createServer(async (request, response) => {
      const body: unknown = JSON.parse(await text(request));
      const one = { path: `${request.method} ${request.url}`, headers: request.headers, body };
      received.push(one);
      (one.path.endsWith('/session') ? onSession : onPost)(response, one);
    });
    await listen(await freePort());
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await Promise.all(bots.splice(0).map((bot) => bot.stop()));
    await close();
  });

  async function listen(port: number): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  const posts = () => received.filter(({ path }) => path === 'POST /v1/channels/hello/messages');
  const sessions = () => received.filter(({ path }) => path === 'POST /v1/session');
  const keys = () => posts().map(({ headers }) => headers['idempotency-key']);

  /** A bot whose pauses pass at once; after `pauses` of them it waits until it is stopped. */
  function start(pauses: number, options: Partial<BotOptions> = {}) {
    const waited: number[] = [];
    const log = { info: vi.fn(), warn: vi.fn() };
    const wait = async (ms: number, signal: AbortSignal) => {
      waited.push(ms);
      if (waited.length > pauses) await once(signal, 'abort');
    };
    const bot = startBot({ url, channel: 'hello', log, wait, ...options });
    bots.push(bot);
    return { bot, waited, log };
  }

  const done = (waited: number[], pauses: number) => vi.waitUntil(() => waited.length > pauses, WITHIN);

  it('with a token posts as who that says, and asks for no session', async () => {
    let made = 0;
    start(3, { token: () => `token-${++made}` });
    await vi.waitUntil(() => posts().length === 3, WITHIN);
    expect(sessions()).toEqual([]);
    expect(posts().map(({ headers }) => [headers.authorization, headers.cookie])).toEqual(
      [1, 2, 3].map((n) => [`Bearer token-${n}`, undefined]),
    );
  });

  it('posts with the cookie that it is given by https, which has another name', async () => {
    const secure = `__Host-${SESSION}`;
    onSession = (response) =>
      response.writeHead(201, { 'Set-Cookie': `${secure}; Path=/; Secure` }).end('{}');
    const { waited } = start(2);
    await done(waited, 2);
    expect(new Set(posts().map(({ headers }) => headers.cookie))).toEqual(new Set([secure]));
  });

  it('makes one session in its name, and posts with its cookie, each time with a key of its own', async () => {
    const { waited, log } = start(5);
    await done(waited, 5);
    expect(sessions().map(({ body }) => body)).toEqual([{ name: 'hello-bot' }]);
    expect(posts().map(({ body }) => body)).toEqual(Array(5).fill({ body: 'Hello world' }));
    expect(new Set(posts().map(({ headers }) => headers.cookie))).toEqual(new Set([SESSION]));
    expect(new Set(posts().map(({ headers }) => headers['content-type']))).toEqual(
      new Set(['application/json']),
    );
    expect(new Set(keys()).size).toBe(5);
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('waits 1 to 10 s before each post, drawn anew and uniform', async () => {
    const count = 500;
    const { waited } = start(count);
    await vi.waitUntil(() => waited.length > count, { timeout: 100_000, interval: 10 });
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...waited)).toBeLessThanOrEqual(10_000);
    expect(new Set(waited).size).toBeGreaterThan(count * 0.99);
    // Each ninth of the range gets its share: 56 of 500, with a deviation of 7; six of them never happen by chance.
    const shares = Array.from({ length: 9 }, (_, index) => {
      const from = 1_000 + index * 1_000;
      return waited.filter((ms) => ms >= from && ms < from + 1_000).length;
    });
    for (const share of shares) {
      expect(share).toBeGreaterThan(56 - 6 * 7);
      expect(share).toBeLessThan(56 + 6 * 7);
    }
    // One pause says nothing about the next.
    const rising = waited.filter((ms, index) => ms > (waited[index - 1] ?? ms)).length;
    expect(rising / count).toBeGreaterThan(0.4);
    expect(rising / count).toBeLessThan(0.6);
  });

  it('reaches both ends of the range with the ends of chance', async () => {
    const chances = [0, 1 - Number.EPSILON, 0.5];
    const { waited } = start(2, { random: () => chances.shift() ?? 0 });
    await done(waited, 2);
    expect(waited[0]).toBe(1_000);
    expect(waited[1]).toBeCloseTo(10_000, 6);
    expect(waited[2]).toBe(5_500);
  });

  it('posts without a session where the service has none', async () => {
    onSession = (response) => response.writeHead(404).end();
    const { waited } = start(2);
    await done(waited, 2);
    expect(sessions()).toHaveLength(1);
    expect(posts().map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  it('tries a failed post again with the same key, further and further apart, and logs the outage once', async () => {
    let failures = 7;
    onPost = (response, one) => {
      if (failures === 0) return created(response, one);
      failures--;
      if (failures % 2 === 0) response.socket?.destroy();
      else response.writeHead(503, { 'Retry-After': '1' }).end();
    };
    const { waited, log } = start(9, { random: () => 0.999_999 });
    await done(waited, 9);
    expect(posts()).toHaveLength(9);
    expect(new Set(keys().slice(0, 8)).size).toBe(1);
    expect(keys()[8]).not.toBe(keys()[0]);
    expect(waited.slice(1, 8).map(Math.round)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.info).toHaveBeenCalledTimes(1);
  });

  it('waits for a service that is away, and logs each outage once', async () => {
    const port = Number(new URL(url).port);
    await close();
    const { log } = start(0, { wait: (_ms, signal) => brief(signal) });
    await vi.waitUntil(() => log.warn.mock.calls.length === 1, WITHIN);
    await listen(port);
    await vi.waitUntil(() => posts().length > 2, WITHIN);
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.info).toHaveBeenCalledTimes(1);
  });

  it('makes a new session where its own is refused, and gives that post up, lest it is made twice', async () => {
    onPost = (response, one) =>
      posts().length === 1 ? response.writeHead(401).end() : created(response, one);
    const { waited } = start(3);
    await done(waited, 3);
    expect(sessions()).toHaveLength(2);
    expect(posts()).toHaveLength(3);
    expect(new Set(keys()).size).toBe(3);
  });

  it('stops at once: in a pause, and with a post under way', async () => {
    const paused = start(0);
    await done(paused.waited, 0);
    await paused.bot.stop();
    expect(received).toEqual([]);

    onPost = () => {}; // It never answers.
    const posting = start(1);
    await vi.waitUntil(() => posts().length === 1, WITHIN);
    await posting.bot.stop();
    expect(posting.log.warn).not.toHaveBeenCalled();
    await posting.bot.stop();
  });
});

/** A pause as short as a real one can be. */
async function brief(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, 2));
}
