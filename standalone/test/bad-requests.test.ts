import { setTimeout as sleep } from 'node:timers/promises';
import { channelName } from '@carillon/protocol';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { openWire, type Wire } from './wire.ts';

const soon = { timeout: 30_000, interval: 10 };

/** Over the 16 KiB that all headers together may have. */
const FLOOD = `X-Flood: ${'x'.repeat(200)}\r\n`.repeat(100);

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';

/** What the channels of this suite begin with: others use the server too. */
const OWN = 'bad-';

let server: Awaited<ReturnType<typeof lentStandalone>>;
let wires: Wire[] = [];
beforeAll(async () => {
  server = await lentStandalone('open');
});
afterEach(async () => {
  for (const { socket } of wires) socket.destroy();
  wires = [];
  // Whatever was asked: it goes on, and has stored nothing but what it was right to store.
  expect(await channels()).toEqual(stored);
});

/** What the tests stored by intention. */
const stored = new Map<string, number>();

describe('a forged cursor', () => {
  const epoch = async () => (await open('/c/bad-forged')).text.match(/^id: (\w+)\./m)?.[1] ?? '';

  it.for([
    ['of another store', 'zzzz9999.5', 'epoch'],
    ['of the far future', 'EPOCH.9007199254740991', 'ahead'],
    ['of a number that none is', 'EPOCH.9007199254740993', 'unreadable'],
    ['of a negative number', 'EPOCH.-1', 'unreadable'],
    ['of a number in another notation', 'EPOCH.1e3', 'unreadable'],
    ['of several channels', 'EPOCH.1a2b3c.1,2', 'channels'],
    ['with a wrong digest', 'EPOCH.1a2b3c.1', 'channels'],
    ['of too many parts', 'EPOCH.1.2.3', 'unreadable'],
    ['of words', 'drop table messages', 'unreadable'],
    ['of a path', '../../etc/passwd', 'unreadable'],
    ['of markup', '<script>alert(1)</script>', 'unreadable'],
    ['of JSON', '{"seq":1}', 'unreadable'],
    ['of bytes that are no ASCII', '\xff\xfe\xfd', 'unreadable'],
    ['of 10 KB', 'x'.repeat(10_000), 'unreadable'],
    ['of 10 KB of digits', `EPOCH.${'1'.repeat(10_000)}`, 'unreadable'],
  ] as const)(
    '%s is answered by 200, and by a reset in the stream, which goes on',
    async ([, forged, reason]) => {
      const cursor = forged.replace('EPOCH', await epoch());
      const byHeader = await open('/c/bad-forged', `Last-Event-ID: ${cursor}\r\n`);
      const byQuery = await open(`/c/bad-forged?cursor=${encodeURIComponent(cursor)}`);
      for (const wire of [byHeader, byQuery]) {
        expect(wire.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        await wire.has(`event: reset\ndata: {"channel":"bad-forged","reason":"${reason}"`);
      }
      const seq = await post('bad-forged', 'still here');
      for (const wire of [byHeader, byQuery]) await wire.has(`"seq":${seq},`);
    },
  );
});

describe('a stream', () => {
  it.for([
    ['on 1,000 channels', 1_000],
    ['on 101 channels', 101],
    ['on none', 0],
  ] as const)('%s is refused with 422', async ([, count]) => {
    const names = Array.from({ length: count }, (_, index) => `channel=c${index}`);
    const answer = await ask(`GET /v1/stream?${names.join('&')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expectProblem(answer, 422, 'invalid');
    expect(answer).toContain('"field":"channel"');
  });

  it('on 1,000 channels of long names is refused with 431, and one on 100 is served', async () => {
    const named = (count: number) =>
      Array.from({ length: count }, (_, index) => `channel=${`${index}`.padEnd(64, 'x')}`).join('&');
    expectProblem(
      await ask(`GET /v1/stream?${named(1_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
      431,
      'headers_too_large',
    );
    await open(`/v1/stream?${named(100)}`);
  });

  it.for([
    'Bad-Lobby',
    'bad-a.b',
    'bad-a%20b',
    '%C3%A9',
    '-bad-a',
    'bad-'.padEnd(65, 'a'),
    '%00',
    'bad-a%2Fb',
    '..%2Fbad-a',
    '%zz',
    'bad-a%0d%0ab',
  ])('on a channel of a wrong name is refused with 422: %s', async (name) => {
    expectProblem(await ask(`GET /c/${name} HTTP/1.1\r\nHost: x\r\n\r\n`), 422, 'invalid');
    const post = `POST /c/${name} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`;
    expectProblem(await ask(post), 422, 'invalid');
  });
});

describe('a flood of headers', () => {
  it('on a stream is refused with 431', async () => {
    expectProblem(
      await ask(`GET /c/bad-lobby HTTP/1.1\r\nHost: x\r\n${FLOOD}\r\n`),
      431,
      'headers_too_large',
    );
  });

  it('on a post is refused with 431', async () => {
    const post = `POST /c/bad-lobby HTTP/1.1\r\nHost: x\r\n${FLOOD}Content-Length: 5\r\n\r\nhello`;
    expectProblem(await ask(post), 431, 'headers_too_large');
  });

  it('that never ends is refused with 431 before it has', async () => {
    const wire = dial().send('GET /c/bad-lobby HTTP/1.1\r\nHost: x\r\n');
    for (let count = 0; count < 200 && wire.text === ''; count++) {
      wire.send(FLOOD.slice(0, 1_000));
      await sleep(2);
    }
    expectProblem(await wire.end(), 431, 'headers_too_large');
  });
});

describe('a path', () => {
  it.for([
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/',
    '/assets',
    '//etc/passwd',
    '//127.0.0.1/etc/passwd',
    '/c/../../etc/passwd',
    '/docs/../../package.json',
    '/docs/%2e%2e%2fpackage.json',
    '/index.html%00.png',
    '/index.html/',
    '/.env',
    '/data/session-secret',
    '/metrics',
    '/readyz',
    'http://elsewhere.example/etc/passwd',
    '/%',
    '/constructor',
    '/__proto__',
  ])('that leads out of the page leads nowhere: %s', async (path) => {
    expectProblem(
      await ask(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      404,
      'not_found',
    );
  });
});

describe('a connection', () => {
  it('whose stream request comes byte by byte is served', async () => {
    const wire = dial();
    for (const byte of 'GET /c/bad-slowly HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n') {
      wire.send(byte);
      await sleep(1);
    }
    await wire.has('event: open');
    await post('bad-slowly', 'hello');
    await wire.has('"body":"hello"');
  });

  it('whose post comes byte by byte is served', async () => {
    const wire = dial();
    for (const byte of 'POST /c/bad-slowly HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbyte') {
      wire.send(byte);
      await sleep(1);
    }
    await wire.has('"body":"byte"');
    count('bad-slowly');
  });

  it('that sends two posts in one packet has two answers, in order', async () => {
    const wire = dial().send(rawPost('bad-piped', 'one') + rawPost('bad-piped', 'two'));
    await wire.has('"seq":2,');
    expect(wire.text).toMatch(/"body":"one".*HTTP\/1\.1 201.*"body":"two"/s);
    count('bad-piped', 2);
  });

  it('that sends a post and a stream request in one packet has the answer, and then the stream', async () => {
    const wire = dial().send(`${rawPost('bad-piped', 'three')}GET /c/bad-piped HTTP/1.1\r\nHost: x\r\n\r\n`);
    count('bad-piped');
    await wire.has('event: open');
    expect(wire.text).toMatch(/^HTTP\/1\.1 201/);
    const seq = await post('bad-piped', 'four');
    await wire.has(`"seq":${seq},`);
  });

  it('that sends a post behind a stream request has the stream alone, and stores nothing', async () => {
    const wire = dial().send(
      `GET /c/bad-piped HTTP/1.1\r\nHost: x\r\n\r\n${rawPost('bad-piped', 'ignored')}`,
    );
    await wire.has('event: open');
    const seq = await post('bad-piped', 'five');
    await wire.has(`"seq":${seq},`);
    expect(wire.text).not.toContain('ignored');
    expect(wire.text.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  });

  it.for([
    'GET /c/bad-upgraded HTTP/1.1\r\nHost: x\r\n',
    'GET /v1/stream?channel=bad-upgraded HTTP/1.1\r\nHost: x\r\n',
  ])('that asks for a websocket on a stream gets the stream: %j', async (head) => {
    const wire = dial().send(`${head}${UPGRADE}\r\n`);
    await wire.has('event: open');
    const seq = await post('bad-upgraded', 'hello');
    await wire.has(`"seq":${seq},`);
    expect(wire.text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200']);
  });

  it('that asks for a websocket on a post has posted', async () => {
    const wire = dial().send(rawPost('bad-upgraded', 'with its body', UPGRADE));
    await wire.has('"body":"with its body"');
    count('bad-upgraded');
  });

  it('that asks for a websocket in the second request of a packet is answered twice', async () => {
    const wire = dial().send(
      `GET /v1/channels HTTP/1.1\r\nHost: x\r\n\r\nGET /c/bad-upgraded HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`,
    );
    await wire.has('event: open');
  });

  it.for([
    ['zeros', '\0'.repeat(100)],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['words', 'HELO carillon\r\n\r\n'],
    ['half of HTTP', 'GET /c/bad-lobby\r\n\r\n'],
    ['another HTTP', 'GET /c/bad-lobby HTTP/3.0\r\nHost: x\r\n\r\n'],
    ['bare line feeds', 'GET /c/bad-lobby HTTP/1.1\nHost: x\n\n'],
    ['a header folded over two lines', 'GET /c/bad-lobby HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n'],
    ['a space before the colon', 'GET /c/bad-lobby HTTP/1.1\r\nHost : x\r\n\r\n'],
    [
      'two lengths',
      'POST /c/bad-lobby HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
    ],
    [
      'a length and chunks',
      'POST /c/bad-lobby HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no host', 'GET /c/bad-lobby HTTP/1.1\r\n\r\n'],
    ['a host that is none', 'GET /c/bad-lobby HTTP/1.1\r\nHost: a b/c?\r\n\r\n'],
  ] as const)('that sends %s is refused with 400', async ([, bytes]) => {
    expectProblem(await ask(bytes), 400, 'bad_request');
  });

  it('that ends within its request, or with it, harms nobody', async () => {
    for (const text of [
      'G',
      'GET /c/bad-lobby HTTP/1.1\r\nHost: x\r\n',
      rawPost('bad-lobby', 'hello').slice(0, -2),
    ]) {
      const wire = dial().send(text);
      wire.socket.end();
      await expect.poll(() => wire.isClosed, soon).toBe(true);
    }
  });
});

function dial(): Wire {
  const wire = openWire(server.port);
  wires.push(wire);
  return wire;
}

const ask = (request: string): Promise<string> => dial().send(request).end();

/** A stream that stands. */
async function open(path: string, headers = ''): Promise<Wire> {
  const wire = dial().send(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
  await wire.has('event: open');
  return wire;
}

function rawPost(channel: string, body: string, headers = ''): string {
  return `POST /c/${channel} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function count(channel: string, posts = 1): void {
  stored.set(channel, (stored.get(channel) ?? 0) + posts);
}

async function post(channel: string, body: string): Promise<number> {
  const answer = await fetch(`${server.url}/c/${channel}`, { method: 'POST', body });
  expect(answer.status).toBe(201);
  count(channel);
  return ((await answer.json()) as { seq: number }).seq;
}

/** Each channel of this suite that there is, and each that should not be, and its head. */
async function channels(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let path: string | null = '/v1/channels?limit=200'; path !== null; ) {
    const answer = await fetch(server.url + path);
    const page = (await answer.json()) as Page;
    for (const { channel, head } of page.channels)
      if (channel.startsWith(OWN) || !channelName.safeParse(channel).success) found.set(channel, head);
    path = page.next;
  }
  return found;
}

interface Page {
  channels: { channel: string; head: number }[];
  next: string | null;
}

function expectProblem(answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json$/im);
  expect(JSON.parse(body)).toMatchObject({ status, code });
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
}
