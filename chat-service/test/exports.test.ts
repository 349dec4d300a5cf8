import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportFileName, type Jobs, openJobs } from '@carillon/jobs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lentRedis } from '../../tests/servers/lent.ts';
import { redisInstalled } from '../../tests/servers/redis.ts';
import { type RunningChat, startChat } from './start-chat.ts';

const TOKEN = 'token-of-the-administrator';
const ADMIN = { Authorization: `Bearer ${TOKEN}` };
const NOBODY = 'f'.repeat(32);

describe.skipIf(!redisInstalled)('exports over HTTP', () => {
  let jobs: Jobs;
  let chat: RunningChat;
  let exportDir: string;
  beforeAll(async () => {
    jobs = await openJobs((await lentRedis()).url);
    exportDir = await mkdtemp(join(tmpdir(), 'carillon-exports-'));
    chat = await startChat(undefined, { jobs, adminToken: TOKEN, exportDir });
  });
  afterAll(async () => {
    await chat?.close();
    await jobs?.close();
    await rm(exportDir, { recursive: true, force: true });
  });
  const order = (json: unknown, headers: Record<string, string> = ADMIN) =>
    chat.request({ method: 'POST', path: '/v1/channels/lobby/exports', json, headers });

  it('are ordered by who has the admin token, and followed by who has the id', async () => {
    const ordered = await order({ format: 'csv' });
    expect(ordered.status).toBe(202);
    const { id } = ordered.json;
    expect(ordered.json).toEqual({ id, channel: 'lobby', format: 'csv', state: 'waiting' });
    expect(ordered.headers.location).toBe(`/v1/exports/${id}`);
    const followed = await chat.request({ path: `/v1/exports/${id}` });
    expect([followed.status, followed.json]).toEqual([200, ordered.json]);
    const early = await chat.request({ path: `/v1/exports/${id}/file` });
    expect([early.status, early.json.code]).toEqual([404, 'not_found']);
    expect((await order({}, {})).json.code).toBe('forbidden');
    expect((await order({})).json.format).toBe('ndjson');
  });

  it('take a delimiter and a byte order mark for CSV', async () => {
    const ordered = await order({ format: 'csv', delimiter: ';', bom: true });
    expect(ordered.json).toMatchObject({ format: 'csv', delimiter: ';', bom: true, state: 'waiting' });
    const followed = await chat.request({ path: `/v1/exports/${ordered.json.id}` });
    expect(followed.json).toEqual(ordered.json);
  });

  it.each([
    { format: 'csv', delimiter: '|' },
    { format: 'csv', bom: 'yes' },
    { format: 'ndjson', delimiter: ';' },
    { bom: true },
    { format: 'xml' },
    { format: '../x' },
    { file: 'x' },
  ])('of another kind are refused: %j', async (json) => {
    expect((await order(json)).json.code).toBe('invalid');
  });

  it('give their file, whole, with a name and a type', async () => {
    const id = 'a'.repeat(32);
    const content = 'é,1\r\n'.repeat(100_000);
    await writeFile(join(exportDir, exportFileName({ id, channel: 'lobby', format: 'csv' })), content);
    const state = await chat.request({ path: `/v1/exports/${id}` });
    expect(state.json).toEqual({
      id,
      channel: 'lobby',
      format: 'csv',
      state: 'done',
      file: `/v1/exports/${id}/file`,
    });
    const file = await chat.request({ path: state.json.file });
    expect(file.text).toBe(content);
    expect(file.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-length': String(Buffer.byteLength(content)),
      'content-disposition': 'attachment; filename="lobby.csv"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const head = await chat.request({ method: 'HEAD', path: state.json.file });
    expect([head.status, head.headers['content-length'], head.text]).toEqual([
      200,
      file.headers['content-length'],
      '',
    ]);
  });

  it('are readable once written', async () => {
    const id = 'b'.repeat(32);
    await writeFile(join(exportDir, exportFileName({ id, channel: 'lobby', format: 'ndjson' })), '{}\n');
    expect((await chat.request({ path: `/v1/exports/${id}` })).json).toMatchObject({ state: 'done' });
    const file = await chat.request({ path: `/v1/exports/${id}/file` });
    expect([file.text, file.headers['content-type']]).toEqual(['{}\n', 'application/x-ndjson']);
  });

  it('that a worker ends while one asks are done, and not gone', async () => {
    const order = { channel: 'lobby', format: 'ndjson' } as const;
    const id = 'd'.repeat(32);
    const asked = vi.spyOn(jobs, 'findExport').mockImplementationOnce(async () => {
      await writeFile(join(exportDir, exportFileName({ id, ...order })), '{}\n');
      return { ...order, state: 'done', progress: { done: 1, total: 1 } };
    });
    const answer = await chat.request({ path: `/v1/exports/${id}` });
    asked.mockRestore();
    expect([answer.status, answer.json]).toMatchObject([
      200,
      { id, state: 'done', file: `/v1/exports/${id}/file` },
    ]);
    expect((await chat.request({ path: answer.json.file })).text).toBe('{}\n');
  });

  it.each(['x', '..', '%2e%2e%2fetc%2fpasswd', `${NOBODY}0`, NOBODY.toUpperCase(), 'a'.repeat(31)])(
    'are found by no other name than an id: %s',
    async (id) => {
      const answer = await chat.request({ path: `/v1/exports/${id}/file` });
      expect([404, 422]).toContain(answer.status);
    },
  );

  it('that are half written, or not exports at all, are not shown', async () => {
    const id = 'c'.repeat(32);
    await writeFile(join(exportDir, `${id}.lobby.csv.0123456789abcdef.part`), 'half');
    await writeFile(join(exportDir, `${id}.lobby.exe`), 'other');
    await writeFile(join(exportDir, `${id}.Lobby.csv`), 'other');
    expect((await chat.request({ path: `/v1/exports/${id}` })).status).toBe(404);
    expect((await chat.request({ path: `/v1/exports/${id}/file` })).status).toBe(404);
  });

  it('are known as far as the queue does where the directory is not there yet', async () => {
    const { id } = (await order({})).json;
    await rm(exportDir, { recursive: true });
    try {
      const state = await chat.request({ path: `/v1/exports/${id}` });
      expect([state.status, state.json.state]).toEqual([200, 'waiting']);
      for (const path of [`/v1/exports/${id}/file`, `/v1/exports/${NOBODY}`])
        expect((await chat.request({ path })).status).toBe(404);
    } finally {
      await mkdir(exportDir);
    }
  });

  it('are refused where many wait', async () => {
    for (let ordered = 0; ordered < 101; ordered++) {
      const { status, json } = await order({});
      if (status === 202) continue;
      expect([status, json.code]).toEqual([409, 'limit_reached']);
      return;
    }
    throw new Error('as many as one likes');
  });
});
