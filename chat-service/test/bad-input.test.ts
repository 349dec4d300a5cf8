import { PROBLEMS, type ProblemCode, problemDocument } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Asked } from './request.ts';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
  await chat.request({ method: 'POST', path: '/c/lobby', body: 'the only message' });
});
afterAll(() => chat.close());

const POST = '/v1/channels/lobby/messages';

/** Everything that is stored, so that "nothing was stored" holds for all channels at once. */
const everything = async () =>
  (await chat.history.channels(undefined, 1000)).map(({ channel, head }) => [channel, head]);

function expectProblem(answer: Answer, code: ProblemCode, fields?: string[]): void {
  expect(answer.headers['content-type'], answer.text).toBe('application/problem+json');
  expect(answer.json).toEqual(problemDocument.strict().parse(answer.json));
  const { status, title } = PROBLEMS[code];
  expect(answer.json).toMatchObject({ type: `/docs/problems#${code}`, title, status, code });
  expect(answer.status).toBe(status);
  const named = answer.json.errors?.map(({ field }: { field: string }) => field);
  if (fields !== undefined) expect(new Set(named)).toEqual(new Set(fields));
  expect(answer.text).not.toMatch(/\bat .*:\d+:\d+|node_modules|select |insert |ZodError|Error:/i);
}

async function refuses(asked: Asked, code: ProblemCode, fields?: string[]): Promise<void> {
  const before = await everything();
  expectProblem(await chat.request(asked), code, fields);
  expect(await everything()).toEqual(before);
}

const json = (value: unknown, headers?: Record<string, string>): Asked => ({
  method: 'POST',
  path: POST,
  json: value,
  ...(headers && { headers }),
});
const raw = (body: string | Buffer, type?: string, headers: Record<string, string> = {}): Asked => ({
  method: 'POST',
  path: POST,
  body,
  headers: { ...(type !== undefined && { 'Content-Type': type }), ...headers },
});

describe('a post is refused, with its problem document and nothing stored,', () => {
  it.each([
    ['without a body', { method: 'POST', path: POST }],
    ['with an empty text', raw('', 'text/plain')],
    ['with an empty JSON body', raw('', 'application/json')],
    ['with an empty text in JSON', json({ body: '' })],
    ['with a text of blanks', json({ body: ' \n\u00a0\t' })],
    ['with an empty JSON object', json({})],
    ['with a number for a text', json({ body: 1 })],
    ['with null for a text', json({ body: null })],
    ['with a list for the message', json([])],
    ['with a text for the message', json('hello')],
    ['with null for the message', json(null)],
    ['with a field that is not known', json({ body: 'hello', bodey: 'x' })],
    ['with a field of the prototype', raw('{"body":"hello","__proto__":{"a":1}}', 'application/json')],
    ['with U+0000 in the text', json({ body: 'a\0b' })],
    ['with U+0000 in a plain text', raw('a\0b', 'text/plain')],
    ['with half a surrogate pair', raw('{"body":"\\ud800"}', 'application/json')],
  ])('%s', (_, asked) => refuses(asked as Asked, 'invalid', ['body']));

  it.each([0, -1, 1.5, '1', 2 ** 53, 1e300, true])('with replyTo %s', (replyTo) =>
    refuses(json({ body: 'x', replyTo }), 'invalid', ['replyTo']),
  );

  it('with a replyTo that names nothing', () =>
    refuses(json({ body: 'x', replyTo: 99 }), 'invalid', ['replyTo']));

  it.each([
    ['of 10 KB', 'k'.repeat(10_000)],
    ['that is empty', ''],
    ['with blanks', 'a b'],
    ['with bytes over 127', 'ké'],
  ])('with an Idempotency-Key %s', (_, key) =>
    refuses(json({ body: 'x' }, { 'Idempotency-Key': key }), 'invalid', ['Idempotency-Key']),
  );

  it('with every fault named at once', () =>
    refuses(
      {
        method: 'POST',
        path: '/v1/channels/Lobby/messages',
        json: { replyTo: 0 },
        headers: { 'Idempotency-Key': '' },
      },
      'invalid',
      ['Idempotency-Key', 'body', 'channel', 'replyTo'],
    ));

  it.each([
    '{',
    '{"body":"a"',
    "{'body':'a'}",
    'hello',
    '{"body":"a"}x',
    '\ufeff{"body":"a"}',
    '{"body":NaN}',
  ])('with broken JSON: %s', (body) => refuses(raw(body, 'application/json'), 'bad_json'));

  it('with JSON nested too deep to be a message', () =>
    refuses(raw(`{"body":${'['.repeat(30_000)}`, 'application/json'), 'bad_json'));

  it.each([[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]])(
    'with broken UTF-8: %s',
    async (...bytes) => {
      await refuses(raw(Buffer.from([0x61, ...bytes]), 'text/plain'), 'bad_encoding');
      const body = Buffer.concat([Buffer.from('{"body":"'), Buffer.from(bytes), Buffer.from('"}')]);
      await refuses(raw(body, 'application/json'), 'bad_encoding');
    },
  );

  it.each([
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/octet-stream',
    'textplain',
    '',
    ';',
  ])('with the type "%s"', (type) => refuses(raw('hello', type), 'unsupported_media_type'));

  it.each(['gzip', 'br', 'identity, gzip', 'x'])('with the Content-Encoding "%s"', (encoding) =>
    refuses(raw('hello', 'text/plain', { 'Content-Encoding': encoding }), 'unsupported_media_type'),
  );

  it('with one byte over 64 KiB', async () => {
    await refuses(raw('x'.repeat(64 * 1024 + 1), 'text/plain'), 'body_too_large');
    await refuses(
      raw('x'.repeat(64 * 1024 + 1), 'text/plain', { 'Transfer-Encoding': 'chunked' }),
      'body_too_large',
    );
    await refuses(json({ body: 'x'.repeat(64 * 1024) }), 'body_too_large');
  });

  it.each(['Origin', 'Sec-Fetch-Site'])('with a cookie and a foreign %s', async (header) => {
    const foreign = header === 'Origin' ? 'https://evil.example' : 'cross-site';
    await refuses(json({ body: 'x' }, { Cookie: 'carillon_session=x', [header]: foreign }), 'forbidden');
    await refuses(json({ body: 'x' }, { Cookie: 'carillon_session=x', Origin: 'null' }), 'forbidden');
  });
});

const LONG = 'x'.repeat(8_000);

/** Percent-encoded where a URL has to; each is one path segment. */
const BAD_CHANNELS = [
  'Lobby',
  '-lobby',
  '_lobby',
  'x'.repeat(65),
  LONG,
  'a.b',
  'a%20b',
  'a%2fb',
  'a%5cb',
  '%00',
  'a%00',
  'caf%C3%A9',
  '%F0%9F%8E%89',
  'a+b',
  '%',
  '%zz',
  '%c3',
  'a;b',
  'a:b',
  '*',
  '%2e%2e%2fetc%2fpasswd',
  '..%2f..%2fetc%2fpasswd',
  'constructor%00',
  '__proto__',
  'lobby%0a',
];

describe('a channel name of every wrong kind is refused', () => {
  it.each(BAD_CHANNELS)('%s', async (name) => {
    await refuses({ method: 'POST', path: `/v1/channels/${name}/messages`, body: 'x' }, 'invalid', [
      'channel',
    ]);
    await refuses({ method: 'POST', path: `/c/${name}`, body: 'x' }, 'invalid', ['channel']);
    await refuses({ path: `/v1/channels/${name}` }, 'invalid', ['channel']);
    await refuses({ path: `/v1/channels/${name}/messages` }, 'invalid', ['channel']);
    await refuses({ path: `/v1/channels/${name}/messages/1` }, 'invalid', ['channel']);
  });
});

describe('a path trick leads nowhere', () => {
  it.each([
    '/../../etc/passwd',
    '/docs/../../../etc/passwd',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/etc/passwd',
    '/docs/package.json',
    '/docs/index.html',
    '/docs//swagger-ui.css',
    '/docs/./x',
    '/v1/channels/../../../etc/passwd',
    '/v1/channels/%2e%2e/messages',
    '/v1/channels/./messages',
    '/v1//channels',
    '//v1/channels',
    '/v1/channels/',
    '/v1/channels//messages',
    '/V1/channels',
    '/v1/Channels',
    '/docs%00',
    '/docs/swagger-ui.css%00.png',
    '/.env',
    '/.git/config',
    `/${LONG}`,
    '/%',
    '/%ff',
    '/c/',
    '/c/a/b',
    '/constructor',
    '/__proto__',
    '/v1/channels/lobby/messages/1/',
    '/openapi.json/..;/x',
  ])('%s', (path) => refuses({ path }, 'not_found'));

  it.each(['/docs\\..\\package.json', '/v1\\channels'])('%s', (path) => refuses({ path }, 'bad_request'));

  it('in a seq', async () => {
    for (const seq of [
      '0',
      '-1',
      '1.5',
      'x',
      '1e3',
      '0x1',
      '%31x',
      '99999999999999999999',
      '9007199254740992',
      '%00',
    ]) {
      await refuses({ path: `/v1/channels/lobby/messages/${seq}` }, 'invalid', ['seq']);
    }
  });
});

describe('a query is refused', () => {
  const LISTS = ['/v1/channels', '/v1/channels/lobby/messages'];

  it.each([
    '-1',
    '0',
    '201',
    '1e9',
    '1000000000',
    'x',
    '',
    '1.5',
    '%201',
    '0x10',
    'NaN',
    '١',
    '9'.repeat(400),
    '%00',
  ])('with limit=%s', async (limit) => {
    for (const path of LISTS)
      await refuses({ path: `${path}?limit=${encodeURI(limit).replaceAll('%25', '%')}` }, 'invalid', [
        'limit',
      ]);
  });

  it.each(['-1', '1.5', 'x', '', '1e9', '9007199254740992'])('with before or after %s', async (at) => {
    await refuses({ path: `${LISTS[1]}?before=${at}` }, 'invalid', ['before']);
    await refuses({ path: `${LISTS[1]}?after=${at}` }, 'invalid', ['after']);
  });

  it('with before=0, as nothing can be', () =>
    refuses({ path: `${LISTS[1]}?before=0` }, 'invalid', ['before']));

  it('with before and after together', () =>
    refuses({ path: `${LISTS[1]}?before=5&after=1` }, 'invalid', ['before']));

  it('with all its faults at once', () =>
    refuses({ path: `/v1/channels/Lobby/messages?before=x&limit=0` }, 'invalid', [
      'before',
      'channel',
      'limit',
    ]));

  it('with a name that no channel can have to go on after', () =>
    refuses({ path: '/v1/channels?after=%00' }, 'invalid', ['after']));
});

describe('a method that is not there is answered with 405 and those that are', () => {
  it.each([
    ['PUT', '/v1/channels/lobby/messages', 'GET, POST, HEAD, OPTIONS'],
    ['DELETE', '/v1/channels', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/v1/session', 'GET, POST, DELETE, HEAD, OPTIONS'],
    ['POST', '/docs', 'GET, HEAD, OPTIONS'],
    ['GET', '/c/lobby', 'POST, OPTIONS'],
    ['PROPFIND', '/v1/channels', 'GET, HEAD, OPTIONS'],
    ['TRACE', '/v1/channels', 'GET, HEAD, OPTIONS'],
  ])('%s %s', async (method, path, allow) => {
    const answer = await chat.request({ method, path });
    expectProblem(answer, 'method_not_allowed');
    expect(answer.headers.allow).toBe(allow);
  });

  it('OPTIONS says them, and HEAD is a GET without its body', async () => {
    const options = await chat.request({ method: 'OPTIONS', path: '/v1/channels/lobby/messages' });
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
    const head = await chat.request({ method: 'HEAD', path: '/v1/channels/lobby/messages' });
    expect([head.status, head.headers['content-type'], head.text]).toEqual([200, 'application/json', '']);
    expect((await chat.request({ method: 'HEAD', path: '/nothing' })).status).toBe(404);
    expect((await chat.request({ method: 'OPTIONS', path: '/nothing' })).status).toBe(404);
  });
});

it('nothing of all this was our fault', () => {
  expect(chat.logged.filter((line) => line.includes('a request failed'))).toEqual([]);
});
