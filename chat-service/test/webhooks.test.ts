import { type Jobs, openJobs } from '@carillon/jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentRedis } from '../../tests/servers/lent.ts';
import { redisInstalled } from '../../tests/servers/redis.ts';
import { type RunningChat, startChat } from './start-chat.ts';

const TOKEN = 'token-of-the-administrator';
const ADMIN = { Authorization: `Bearer ${TOKEN}` };
const URL = 'https://example.com/hook';
const NOBODY = 'f'.repeat(32);

describe.skipIf(!redisInstalled)('webhooks over HTTP', () => {
  let jobs: Jobs;
  let chat: RunningChat;
  beforeAll(async () => {
    jobs = await openJobs((await lentRedis()).url);
    chat = await startChat(undefined, { jobs, adminToken: TOKEN });
  });
  afterAll(async () => {
    await chat?.close();
    await jobs?.close();
  });

  let channels = 0;
  const newPath = () => {
    channels += 1;
    return `/v1/channels/hooked-${channels}/webhooks`;
  };
  const create = (path: string, json: unknown = { url: URL }, headers: Record<string, string> = ADMIN) =>
    chat.request({ method: 'POST', path, json, headers });

  it('are made with a secret that is shown once', async () => {
    const path = newPath();
    const made = await create(path);
    expect(made.status).toBe(201);
    const { secret, ...webhook } = made.json;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      channel: `hooked-${channels}`,
      url: URL,
      cursor: 0,
      state: 'active',
      failures: 0,
      createdAt: expect.any(String),
    });
    expect(made.headers.location).toBe(`${path}/${webhook.id}`);
    const one = await chat.request({ path: `${path}/${webhook.id}`, headers: ADMIN });
    expect([one.status, one.json]).toEqual([200, webhook]);
    const list = await chat.request({ path, headers: ADMIN });
    expect([list.status, list.json]).toEqual([200, { webhooks: [webhook] }]);
  });

  it('begin with the next message, or with the oldest', async () => {
    const path = newPath();
    const post = { method: 'POST', path: `/c/hooked-${channels}`, body: 'x' };
    await chat.request(post);
    await chat.request(post);
    expect((await create(path)).json.cursor).toBe(2);
    expect((await create(path, { url: URL, from: 'earliest' })).json.cursor).toBe(0);
  });

  it('are deleted', async () => {
    const path = newPath();
    const { id } = (await create(path)).json;
    const end = { method: 'DELETE', path: `${path}/${id}`, headers: ADMIN };
    const ended = await chat.request(end);
    expect([ended.status, ended.text]).toEqual([204, '']);
    expect((await chat.request(end)).status).toBe(404);
    expect((await chat.request({ path: `${path}/${id}`, headers: ADMIN })).status).toBe(404);
  });

  it('are resumed from where they were paused', async () => {
    const path = newPath();
    const { id } = (await create(path)).json;
    const { webhooks } = chat.history;
    await webhooks.claim(id, 'a worker', 60_000);
    await webhooks.pause(id, 'a worker', { error: 'the receiver answered 410', reason: 'gone' });
    const shown = await chat.request({ path: `${path}/${id}`, headers: ADMIN });
    expect(shown.json).toMatchObject({ state: 'paused', pausedBecause: 'gone', failures: 1 });
    const resumed = await chat.request({ method: 'POST', path: `${path}/${id}/resume`, headers: ADMIN });
    expect(resumed.status).toBe(200);
    expect(resumed.json).toMatchObject({ id, state: 'active', failures: 0 });
    expect(resumed.json).not.toHaveProperty('lastError');
    const nobody = { method: 'POST', path: `${path}/${NOBODY}/resume`, headers: ADMIN };
    expect((await chat.request(nobody)).json.code).toBe('not_found');
  });

  it('are bounded in number for each channel', async () => {
    const path = newPath();
    for (let made = 0; made < 20; made++) expect((await create(path)).status).toBe(201);
    const refused = await create(path);
    expect([refused.status, refused.json.code]).toEqual([409, 'limit_reached']);
  });

  it.each([
    ['no token', {}],
    ['another token', { Authorization: 'Bearer another' }],
    ['the token without its scheme', { Authorization: TOKEN }],
    ['the token as a password', { Authorization: `Basic ${Buffer.from(TOKEN).toString('base64')}` }],
    ['a longer token', { Authorization: `Bearer ${TOKEN}x` }],
  ])('are nobody’s with %s', async (_, headers) => {
    const path = newPath();
    const one = `${path}/${NOBODY}`;
    for (const asked of [
      { method: 'POST', path, json: { url: URL } },
      { path },
      { path: one },
      { method: 'DELETE', path: one },
      { method: 'POST', path: `${one}/resume` },
    ]) {
      const answer = await chat.request({ ...asked, headers: headers as Record<string, string> });
      expect([answer.status, answer.json.code], `${asked.method} ${asked.path}`).toEqual([403, 'forbidden']);
    }
  });

  it.each([
    ['nothing', {}],
    ['no URL', { url: 'example.com' }],
    ['a file', { url: 'file:///etc/passwd' }],
    ['gopher', { url: 'gopher://example.com' }],
    ['a user', { url: 'https://ada@example.com' }],
    ['a password', { url: 'https://:secret@example.com' }],
    ['a fragment', { url: 'https://example.com/#a' }],
    ['a long URL', { url: `https://example.com/${'x'.repeat(2_048)}` }],
    ['another beginning', { url: URL, from: 'now' }],
    ['a field too many', { url: URL, secret: 'whsec_mine' }],
  ])('are refused with %s', async (_, json) => {
    const answer = await create(newPath(), json);
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid']);
  });

  it('keep an address as what it is, however it was written', async () => {
    expect((await create(newPath(), { url: 'http://0x7f.1/a' })).json.url).toBe('http://127.0.0.1/a');
  });
});

describe('webhooks and exports', () => {
  const calls = [
    { method: 'POST', path: '/v1/channels/a/webhooks', json: { url: URL } },
    { path: '/v1/channels/a/webhooks' },
    { method: 'POST', path: '/v1/channels/a/exports', json: { format: 'csv' } },
  ];

  it('of a server without a job queue are not configured', async () => {
    const chat = await startChat(undefined, { adminToken: TOKEN });
    const read = [{ path: `/v1/exports/${NOBODY}` }, { path: `/v1/exports/${NOBODY}/file` }];
    for (const asked of [...calls, ...read]) {
      const answer = await chat.request({ ...asked, headers: ADMIN });
      expect([answer.status, answer.json.code], asked.path).toEqual([501, 'not_configured']);
      expect(answer.json.detail).toContain('JOBS_URL');
    }
    await chat.close();
  });

  it.skipIf(!redisInstalled)('of a server without an admin token are not configured', async () => {
    const jobs = await openJobs((await lentRedis()).url);
    const chat = await startChat(undefined, { jobs });
    for (const asked of calls) {
      const answer = await chat.request({ ...asked, headers: { Authorization: 'Bearer undefined' } });
      expect([answer.status, answer.json.code], asked.path).toEqual([501, 'not_configured']);
      expect(answer.json.detail).toContain('ADMIN_TOKEN');
    }
    await chat.close();
    await jobs.close();
  });
});
