import { openAuthenticator } from '@carillon/auth';
import { PROBLEM_CODES } from '@carillon/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Document, describedBy } from './described.ts';
import type { Asked } from './request.ts';
import { type RunningChat, SESSION_SECRET, startChat } from './start-chat.ts';

let chat: RunningChat;
let document: Document;
let validate: ReturnType<typeof describedBy>;
beforeAll(async () => {
  chat = await startChat();
  document = (await chat.request({ path: '/openapi.json' })).json;
  validate = describedBy(document);
  for (const body of ['1', '2', '3']) await chat.request({ method: 'POST', path: '/c/described', body });
});
afterAll(() => chat.close());

/** Of somebody: whose a key is of nobody cannot be told. */
const ADA_AGAIN = {
  'Idempotency-Key': 'a',
  Cookie:
    openAuthenticator({ mode: 'open', sessionSecret: SESSION_SECRET })
      .sessions.issueGuest('Ada', false)
      .cookie.split(';')[0] ?? '',
  'Sec-Fetch-Site': 'same-origin',
};

const CALLS: [path: string, status: number, asked: Asked][] = [
  [
    '/v1/channels/{channel}/messages',
    201,
    {
      method: 'POST',
      path: '/v1/channels/described/messages',
      json: { body: 'x', replyTo: 1 },
      headers: ADA_AGAIN,
    },
  ],
  [
    '/v1/channels/{channel}/messages',
    200,
    {
      method: 'POST',
      path: '/v1/channels/described/messages',
      json: { body: 'x', replyTo: 1 },
      headers: ADA_AGAIN,
    },
  ],
  [
    '/v1/channels/{channel}/messages',
    409,
    {
      method: 'POST',
      path: '/v1/channels/described/messages',
      json: { body: 'y' },
      headers: ADA_AGAIN,
    },
  ],
  [
    '/v1/channels/{channel}/messages',
    400,
    {
      method: 'POST',
      path: '/v1/channels/described/messages',
      body: '{',
      headers: { 'Content-Type': 'application/json' },
    },
  ],
  [
    '/v1/channels/{channel}/messages',
    403,
    {
      method: 'POST',
      path: '/v1/channels/described/messages',
      body: 'x',
      headers: { Cookie: 'a=b', Origin: 'http://x' },
    },
  ],
  [
    '/v1/channels/{channel}/messages',
    413,
    { method: 'POST', path: '/v1/channels/described/messages', body: 'x'.repeat(70_000) },
  ],
  [
    '/v1/channels/{channel}/messages',
    415,
    {
      method: 'POST',
      path: '/v1/channels/described/messages',
      body: 'x',
      headers: { 'Content-Type': 'image/png' },
    },
  ],
  [
    '/v1/channels/{channel}/messages',
    422,
    { method: 'POST', path: '/v1/channels/described/messages', body: '' },
  ],
  ['/c/{channel}', 201, { method: 'POST', path: '/c/described', body: 'x' }],
  ['/c/{channel}', 422, { method: 'POST', path: '/c/Described', body: 'x' }],
  ['/v1/channels/{channel}/messages', 200, { path: '/v1/channels/described/messages?limit=2' }],
  ['/v1/channels/{channel}/messages', 422, { path: '/v1/channels/described/messages?limit=0' }],
  ['/v1/channels/{channel}/messages/{seq}', 200, { path: '/v1/channels/described/messages/1' }],
  ['/v1/channels/{channel}/messages/{seq}', 404, { path: '/v1/channels/described/messages/999' }],
  ['/v1/channels/{channel}/messages/{seq}', 422, { path: '/v1/channels/described/messages/x' }],
  ['/v1/channels/{channel}/events', 200, { path: '/v1/channels/described/events' }],
  ['/v1/channels/{channel}/events', 422, { path: '/v1/channels/described/events?after=-1' }],
  [
    '/v1/channels/{channel}/messages/{seq}',
    401,
    { method: 'PATCH', path: '/v1/channels/described/messages/1', body: 'x' },
  ],
  [
    '/v1/channels/{channel}/messages/{seq}',
    401,
    { method: 'DELETE', path: '/v1/channels/described/messages/1' },
  ],
  [
    '/v1/channels/{channel}/messages/{seq}/reactions/{emoji}',
    401,
    { method: 'PUT', path: '/v1/channels/described/messages/1/reactions/x' },
  ],
  [
    '/v1/channels/{channel}/messages/{seq}/revisions',
    401,
    { path: '/v1/channels/described/messages/1/revisions' },
  ],
  ['/v1/channels', 200, { path: '/v1/channels' }],
  ['/v1/search', 200, { path: '/v1/search?q=1' }],
  ['/v1/search', 422, { path: '/v1/search?q=-x' }],
  ['/v1/channels', 422, { path: '/v1/channels?limit=x' }],
  ['/v1/channels/{channel}', 200, { path: '/v1/channels/described' }],
  ['/v1/channels/{channel}', 404, { path: '/v1/channels/nobody' }],
  ['/v1/channels/{channel}', 422, { path: '/v1/channels/Described' }],
  [
    '/v1/channels/{channel}/read',
    401,
    { method: 'PUT', path: '/v1/channels/described/read', json: { seq: 1 } },
  ],
  ['/v1/session', 200, { method: 'POST', path: '/v1/session', json: { name: 'Ada' } }],
  ['/v1/session', 422, { method: 'POST', path: '/v1/session', json: { name: '' } }],
  ['/v1/session', 415, { method: 'POST', path: '/v1/session', body: 'x' }],
  ['/v1/session', 200, { path: '/v1/session' }],
  ['/v1/channels/{channel}/webhooks', 501, { path: '/v1/channels/described/webhooks' }],
  ['/v1/exports/{id}', 501, { path: `/v1/exports/${'a'.repeat(32)}` }],
];

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    const result = await new Validator().validate({ ...document });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it.each(CALLS)('describes what is answered: %s %i', async (path, status, asked) => {
    const answer = await chat.request(asked);
    expect(answer.status).toBe(status);
    validate(path, (asked.method ?? 'get').toLowerCase(), answer);
  });

  it('describes every call there is, and no other but the streams', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = chat.chat.app.routes
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
      .filter((call) => !/^GET \/(docs|openapi|asyncapi)/.test(call));
    const streams = ['GET /v1/channels/{channel}/stream', 'GET /v1/stream', 'GET /c/{channel}'];
    expect(described.sort()).toEqual([...served, ...streams].sort());
  });

  it('has every problem code at some call, and in its schema', () => {
    const all = JSON.stringify(document.paths);
    for (const code of PROBLEM_CODES) {
      const described = all.includes(`\`${code}\``);
      expect(described, code).toBe(true);
    }
    expect(document.components.schemas.Problem).toMatchObject({
      properties: { code: { enum: PROBLEM_CODES } },
    });
  });

  it('says the bounds that are checked', () => {
    const parameters = document.paths['/v1/channels/{channel}/messages']?.get?.parameters;
    expect(parameters?.find(({ name }) => name === 'limit')).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
    expect(document.components.schemas.NewMessage).toMatchObject({
      additionalProperties: false,
      required: ['body'],
      properties: { body: { type: 'string', minLength: 1 }, replyTo: { type: 'integer', minimum: 1 } },
    });
  });

  it('has the events of a stream', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['OpenEvent', 'HeartbeatEvent', 'ResetEvent', 'DrainEvent', 'Message']),
    );
  });
});

describe('the reference', () => {
  it('is a page of our own origin: all it loads is there, and nothing of it is elsewhere', async () => {
    const page = await chat.request({ path: '/docs' });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.text).not.toMatch(/https?:\/\/|<script>/);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(4);
    for (const path of links) {
      const asset = await chat.request({ path });
      expect([asset.status, asset.text.length > 100], path).toEqual([200, true]);
    }
  });

  it('explains each problem where its type leads', async () => {
    const page = await chat.request({ path: '/docs/problems' });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    for (const code of PROBLEM_CODES) expect(page.text).toContain(`id="${code}"`);
    const { json } = await chat.request({ path: '/nothing' });
    const [path, anchor] = json.type.split('#');
    expect((await chat.request({ path })).text).toContain(`id="${anchor}"`);
  });
});
