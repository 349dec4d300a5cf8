import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from './request.ts';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

const name = (value: unknown, headers: Record<string, string> = {}) =>
  chat.request({ method: 'POST', path: '/v1/session', json: { name: value }, headers });
const cookieOf = (answer: Answer) => answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
const authorOf = ({ json: { id, name } }: Answer) => ({ id, name });

it('a caller without a session is the guest', async () => {
  const answer = await chat.request({ path: '/v1/session' });
  expect([answer.status, answer.json]).toEqual([
    200,
    {
      id: 'guest',
      name: 'Guest',
      kind: 'anonymous',
      auth: { mode: 'open' },
      grants: { subscribe: ['*'], publish: ['*'], moderate: [] },
    },
  ]);
  expect(answer.headers['set-cookie']).toBeUndefined();
});

it('a session gives a name, is known by its cookie and writes posts', async () => {
  const taken = await name('  Ada ');
  expect([taken.status, taken.json]).toMatchObject([
    200,
    { id: expect.any(String), name: 'Ada', kind: 'guest' },
  ]);
  expect(taken.headers['set-cookie']?.[0]).toMatch(/^carillon_session=.*HttpOnly; SameSite=Lax$/);
  const headers = { Cookie: cookieOf(taken) };
  expect((await chat.request({ path: '/v1/session', headers })).json).toEqual(taken.json);
  const post = await chat.request({ method: 'POST', path: '/c/session', body: 'hello', headers });
  expect(post.json.author).toEqual(authorOf(taken));
});

it('a rename keeps the author, and what was said keeps the name it was said under', async () => {
  const taken = await name('Ada');
  await chat.request({ method: 'POST', path: '/c/rename', body: '1', headers: { Cookie: cookieOf(taken) } });
  const renamed = await name('Countess', { Cookie: cookieOf(taken) });
  expect(authorOf(renamed)).toEqual({ id: taken.json.id, name: 'Countess' });
  await chat.request({
    method: 'POST',
    path: '/c/rename',
    body: '2',
    headers: { Cookie: cookieOf(renamed) },
  });
  const { messages } = (await chat.request({ path: '/v1/channels/rename/messages' })).json;
  expect(messages.map(({ author }: { author: unknown }) => author)).toEqual([
    authorOf(taken),
    authorOf(renamed),
  ]);
});

it('a forged cookie is no session', async () => {
  const forged = `${cookieOf(await name('Ada')).slice(0, -4)}AAAA`;
  expect((await chat.request({ path: '/v1/session', headers: { Cookie: forged } })).json.id).toBe('guest');
});

it('a key of one author says nothing of the key of another', async () => {
  const keyed = async (cookie: string) =>
    chat.request({
      method: 'POST',
      path: '/c/session-keys',
      body: cookie,
      headers: { Cookie: cookie, 'Idempotency-Key': 'same' },
    });
  const answers = [await keyed(cookieOf(await name('Ada'))), await keyed(cookieOf(await name('Bob')))];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
});

it('a write with a cookie is taken from a page of this origin, whatever the scheme', async () => {
  const cookie = cookieOf(await name('Ada'));
  for (const headers of [
    { Origin: 'https://chat.example', Host: 'chat.example' },
    { Origin: 'http://chat.example:8080', Host: 'chat.example:8080', 'Sec-Fetch-Site': 'same-origin' },
  ]) {
    const asked = { method: 'POST', path: '/c/origins', body: 'x', headers: { ...headers, Cookie: cookie } };
    expect((await chat.request(asked)).status).toBe(201);
    expect((await name('Ada', { ...headers, Cookie: cookie })).status).toBe(200);
  }
  for (const origin of ['https://evil.example', 'https://chat.example.evil.example', 'null']) {
    const headers = { Origin: origin, Host: 'chat.example', Cookie: cookie };
    expect((await name('Eve', headers)).json).toMatchObject({ code: 'forbidden' });
  }
});

it('a name that cannot be one is refused, and a session is only taken as JSON', async () => {
  for (const value of ['', '   ', 'x'.repeat(65), 5, null, 'a\u0000', 'a\tb']) {
    const answer = await name(value);
    expect([answer.status, answer.json.errors?.[0]?.field, answer.headers['set-cookie']]).toEqual([
      422,
      'name',
      undefined,
    ]);
  }
  const text = { method: 'POST', path: '/v1/session', body: '{"name":"Ada"}' };
  expect((await chat.request(text)).json.code).toBe('unsupported_media_type');
  expect(
    (await chat.request({ ...text, headers: { 'Content-Type': 'application/json' }, body: '' })).status,
  ).toBe(422);
  expect(
    (await chat.request({ ...text, headers: { 'Content-Type': 'application/json' }, body: '{' })).status,
  ).toBe(400);
});

it('a cookie comes only by https where its request did', async () => {
  const plain = await name('Ada');
  expect(plain.headers['set-cookie']?.[0]).not.toContain('Secure');
  const secure = await name('Ada', { 'X-Forwarded-Proto': 'https' });
  expect(secure.headers['set-cookie']?.[0]).toMatch(/^__Host-carillon_session=[^;]+; .*Path=\/; .*; Secure$/);
});

it('a cookie counts only for requests that come as the one came that made it', async () => {
  const https = { 'X-Forwarded-Proto': 'https' };
  const plain = cookieOf(await name('Eve'));
  const secure = cookieOf(await name('Ada', https));
  const seen = async (Cookie: string, headers = {}) =>
    (await chat.request({ path: '/v1/session', headers: { Cookie, ...headers } })).json.name;
  expect([await seen(plain), await seen(secure)]).toEqual(['Eve', 'Guest']);
  expect([await seen(plain, https), await seen(secure, https)]).toEqual(['Guest', 'Ada']);
  expect(await seen(`${plain}; ${secure}`, https)).toBe('Ada');
  // It is no rename of who was planted, either.
  const planted = await chat.request({ path: '/v1/session', headers: { Cookie: plain } });
  expect((await name('Ada', { Cookie: plain, ...https })).json.id).not.toBe(planted.json.id);
  const out = { method: 'DELETE', path: '/v1/session', headers: { Cookie: secure, ...https } };
  expect((await chat.request(out)).headers['set-cookie']?.[0]).toMatch(
    /^__Host-carillon_session=; Max-Age=0; /,
  );
});

it('a guest who signs out is forgotten by the browser, and a page of another origin cannot do it', async () => {
  const headers = { Cookie: cookieOf(await name('Ada')) };
  const foreign = { ...headers, Origin: 'https://evil.example' };
  const refused = await chat.request({ method: 'DELETE', path: '/v1/session', headers: foreign });
  expect([refused.json.code, refused.headers['set-cookie']]).toEqual(['forbidden', undefined]);
  const out = await chat.request({ method: 'DELETE', path: '/v1/session', headers });
  expect([out.status, out.json]).toEqual([200, {}]);
  expect(out.headers['set-cookie']?.[0]).toMatch(/^carillon_session=; Max-Age=0; Path=\/; HttpOnly/);
});

it('a ticket is for who gave a name, and a bearer token nobody knows is refused', async () => {
  const ask = (headers = {}) => chat.request({ method: 'POST', path: '/v1/tickets', headers });
  expect((await ask()).json.code).toBe('unauthenticated');
  const issued = await ask({ Cookie: cookieOf(await name('Ada')) });
  expect([issued.status, issued.json]).toEqual([
    201,
    { ticket: expect.stringMatching(/^[\w-]{43}$/), expiresAt: expect.any(String) },
  ]);
  expect((await ask({ Authorization: 'Bearer unknown' })).json.code).toBe('unauthenticated');
});

it('nobody signs in at a provider where there is none', async () => {
  for (const path of ['/v1/auth/login', '/v1/auth/callback?code=x&state=y']) {
    const answer = await chat.request({ path });
    expect([answer.status, answer.json.code]).toEqual([501, 'not_configured']);
  }
});

it('a guest ends no sessions everywhere, since guests are for the taking', async () => {
  const taken = await name('Gus');
  const answer = await chat.request({
    method: 'POST',
    path: `/v1/people/${taken.json.id}/revocation`,
    headers: { Cookie: cookieOf(taken) },
  });
  expect([answer.status, answer.json.code]).toEqual([403, 'forbidden']);
});
