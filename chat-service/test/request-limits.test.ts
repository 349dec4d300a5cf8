import { randomUUID } from 'node:crypto';
import { openAuthenticator } from '@carillon/auth';
import { openLimits } from '@carillon/limits';
import { Problem } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequestLimits, UNLIMITED } from '../src/request-limits.ts';
import type { Answer } from './request.ts';
import { type RunningChat, SESSION_SECRET, startChat } from './start-chat.ts';

const PER_MINUTE = 3;
/** Those of ten authors. */
const PER_ADDRESS = 30;

/** The other tests post less than this to the lobby. */
const PER_CHANNEL = 200;

/** It says in `X-Real-IP` who calls. */
const PROXY = { header: 'x-real-ip', hops: 1 } as const;

let chat: RunningChat;
let addresses = 0;

beforeAll(async () => {
  const counters = openLimits(`memory:${randomUUID()}`);
  const config = { POSTS_PER_MINUTE: PER_MINUTE, POSTS_PER_MINUTE_PER_CHANNEL: PER_CHANNEL };
  chat = await startChat(undefined, { limits: createRequestLimits(counters, config, PROXY) });
});
afterAll(() => chat.close());

const { sessions } = openAuthenticator({ mode: 'open', sessionSecret: SESSION_SECRET });
const session = () => sessions.issueGuest('Ada', false).cookie.split(';')[0] ?? '';
const address = () => `192.0.2.${++addresses}`;

const post = (from: string, cookie?: string, key?: string): Promise<Answer> =>
  chat.request({
    method: 'POST',
    path: '/c/lobby',
    body: 'hello',
    headers: {
      'X-Real-IP': from,
      ...(cookie && { Cookie: cookie }),
      ...(key && { 'Idempotency-Key': key }),
    },
  });

async function statuses(count: number, ...args: Parameters<typeof post>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await post(...args)).status);
  return found;
}

describe('posts over the limit', () => {
  it('are refused with the time to wait, before anything is stored', async () => {
    const [from, cookie] = [address(), session()];
    expect(await statuses(3, from, cookie)).toEqual([201, 201, 201]);
    const before = (await chat.history.extents(['lobby'])).get('lobby')?.head;
    const refused = await post(from, cookie, 'a-key');
    expect([refused.status, refused.json]).toMatchObject([429, { code: 'rate_limited' }]);
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await chat.history.extents(['lobby'])).get('lobby')?.head).toBe(before);
  });

  it('are those of one author, at whatever address', async () => {
    const cookie = session();
    expect(await statuses(2, address(), cookie)).toEqual([201, 201]);
    expect(await statuses(2, address(), cookie)).toEqual([201, 429]);
    expect(await statuses(1, address(), session())).toEqual([201]);
  });

  it('are those of one address, for who has no session', async () => {
    const from = address();
    expect(await statuses(4, from)).toEqual([201, 201, 201, 429]);
    expect(await statuses(4, from, 'carillon_session=forged')).toEqual([429, 429, 429, 429]);
    expect(await statuses(1, address())).toEqual([201]);
  });

  it('are not had by taking another name', async () => {
    const from = address();
    let stored = 0;
    for (let name = 0; name < 20; name++) {
      stored += (await statuses(3, from, session())).filter((status) => status === 201).length;
    }
    expect(stored).toBe(PER_ADDRESS);
  });

  it('cost an author nothing where its address is over the limit', async () => {
    const from = address();
    for (let name = 0; name < 10; name++) await statuses(3, from, session());
    const cookie = session();
    expect(await statuses(3, from, cookie)).toEqual([429, 429, 429]);
    expect(await statuses(3, address(), cookie)).toEqual([201, 201, 201]);
  });

  it('leave the connection as it was', async () => {
    const [from, cookie] = [address(), session()];
    await statuses(4, from, cookie);
    expect((await chat.request({ path: '/v1/channels/lobby/messages?limit=1' })).status).toBe(200);
  });

  it('are counted', async () => {
    expect(await chat.registry.metrics()).toMatch(/carillon_posts_total\{outcome="limited"\} [1-9]/);
  });
});

it('posts to one channel are limited, whoever they are of; other channels take them', async () => {
  const to = (channel: string) =>
    chat.request({
      method: 'POST',
      path: `/c/${channel}`,
      body: 'hello',
      headers: { 'X-Real-IP': address() },
    });
  const found: number[] = [];
  for (let index = 0; index < PER_CHANNEL + 1; index++) found.push((await to('crowded')).status);
  expect(found).toEqual([...Array.from({ length: PER_CHANNEL }, () => 201), 429]);
  const refused = await to('crowded');
  expect(refused.json).toMatchObject({ code: 'rate_limited' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await to('quiet')).status).toBe(201);
});

it('calls that are no posts are limited by person', async () => {
  const cookie = session();
  const search = async (as: string, from = address()) =>
    (await chat.request({ path: '/v1/search?q=x', headers: { Cookie: as, 'X-Real-IP': from } })).status;
  const found = new Map<number, number>();
  for (let index = 0; index < 601; index++) {
    const status = await search(cookie);
    found.set(status, (found.get(status) ?? 0) + 1);
  }
  expect([...found]).toEqual([
    [200, 600],
    [429, 1],
  ]);
  expect(await search(session())).toBe(200);
  const answers = await Promise.all(
    (['GET /v1/channels', 'DELETE /v1/session'] as const).map((call) => {
      const [method = '', path = ''] = call.split(' ');
      return chat.request({ method, path, headers: { Cookie: cookie, 'X-Real-IP': address() } });
    }),
  );
  expect(answers.map(({ status }) => status)).toEqual([429, 429]);
});

it('what only reads is limited by person, of each kind there is, and says when to come again', async () => {
  const cookie = session();
  const get = (path: string, as = cookie) =>
    chat.request({ path, headers: { Cookie: as, 'X-Real-IP': address() } });
  expect((await get('/v1/channels/lobby/messages')).status).toBe(200);
  const rest = Array.from({ length: 1_199 }, () => get('/v1/session'));
  expect(new Set((await Promise.all(rest)).map(({ status }) => status))).toEqual(new Set([200]));
  const paths = [
    '',
    '/messages',
    '/messages/1',
    '/messages/1/revisions',
    '/events',
    '/members',
    '/presence',
  ].map((path) => `/v1/channels/lobby${path}`);
  for (const path of ['/v1/session', ...paths]) {
    const { status, headers } = await get(path);
    expect([status, Number(headers['retry-after']) > 0], path).toEqual([429, true]);
  }
  expect((await get('/v1/search?q=x')).status).toBe(200);
  expect((await get('/v1/session', session())).status).toBe(200);
});

it('limits nobody without counters, as with RATE_LIMIT=off', () => {
  const config = { POSTS_PER_MINUTE: 1, POSTS_PER_MINUTE_PER_CHANNEL: 1 };
  const limits = createRequestLimits(undefined, config, PROXY);
  for (let time = 0; time < 3; time += 1) expect(limits.admitToChannel('lobby')).toBeUndefined();
});

it('who comes to sign in is limited by address', async () => {
  const refusing = await startChat(undefined, {
    limits: {
      ...UNLIMITED,
      admitCall: (_incoming, { kind }) => {
        throw new Problem('rate_limited', `Slower, ${kind}.`, { retryAfter: 1 });
      },
    },
  });
  try {
    for (const path of ['/v1/auth/login', '/v1/auth/callback']) {
      const answer = await refusing.request({ path });
      expect(answer.json).toMatchObject({ code: 'rate_limited', detail: 'Slower, anonymous.' });
    }
  } finally {
    await refusing.close();
  }
});
