import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportFileName, type Jobs, openJobs } from '@carillon/jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../tests/servers/redis.ts';
import { type RunningChat, startChat } from './start-chat.ts';

const TOKEN = 'token-of-the-administrator';
const ADMIN = { Authorization: `Bearer ${TOKEN}` };

describe.skipIf(!redisInstalled)('with the queue away', () => {
  let redis: Redis;
  let jobs: Jobs;
  let chat: RunningChat;
  let exportDir: string;
  beforeAll(async () => {
    redis = await startRedis();
    jobs = await openJobs(redis.url);
    exportDir = await mkdtemp(join(tmpdir(), 'carillon-exports-'));
    chat = await startChat(undefined, { jobs, adminToken: TOKEN, exportDir });
  });
  afterAll(async () => {
    await chat?.close();
    await jobs?.close();
    await redis?.stop();
    await rm(exportDir, { recursive: true, force: true });
  });
  const order = (json: unknown) =>
    chat.request({ method: 'POST', path: '/v1/channels/lobby/exports', json, headers: ADMIN });

  it('exports are readable once written, flushed or not; of others that is said', async () => {
    const id = 'b'.repeat(32);
    await writeFile(join(exportDir, exportFileName({ id, channel: 'lobby', format: 'ndjson' })), '{}\n');
    const running = (await order({})).json.id;
    await redis.kill('SIGKILL');
    try {
      expect((await chat.request({ path: `/v1/exports/${id}` })).json).toMatchObject({ state: 'done' });
      const file = await chat.request({ path: `/v1/exports/${id}/file` });
      expect([file.text, file.headers['content-type']]).toEqual(['{}\n', 'application/x-ndjson']);
      for (const answer of [await chat.request({ path: `/v1/exports/${running}` }), await order({})]) {
        expect([answer.status, answer.json.code]).toEqual([503, 'jobs_away']);
        expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      }
    } finally {
      await redis.restart();
    }
    // Its Redis keeps nothing: what was running is to be ordered again.
    const gone = async () => (await chat.request({ path: `/v1/exports/${running}` })).status;
    await eventually('the queue to be back', async () => (await gone()) !== 503);
    expect(await gone()).toBe(404);
  });

  it('webhooks are made, for the store has them', async () => {
    await redis.kill('SIGKILL');
    try {
      const made = await chat.request({
        method: 'POST',
        path: '/v1/channels/hooked/webhooks',
        json: { url: 'https://example.com/hook', from: 'earliest' },
        headers: ADMIN,
      });
      expect(made.status).toBe(201);
    } finally {
      await redis.restart();
    }
  });
});
