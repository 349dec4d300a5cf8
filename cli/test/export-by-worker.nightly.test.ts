import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { freePort } from '../../tests/servers/free-port.ts';
import { lentDatabase, lentRedis } from '../../tests/servers/lent.ts';
import { postgresInstalled } from '../../tests/servers/postgres.ts';
import { redisInstalled } from '../../tests/servers/redis.ts';
import { type ServerProcess, startServer } from '../../tests/servers/server-process.ts';
import { carillon } from './command.ts';

/** Two services start, each in seconds where the machine does other work. */
const SLOW_MS = 240_000;
const ADMIN_TOKEN = 'an-admin-token-for-exports';
const MESSAGES = 250;
/** What a terminal would obey, and a spreadsheet. */
const NASTY = '=1+1 "quoted", \u001b[2J \u009b2J \u202e txt.exe\nand a line';

describe.skipIf(!postgresInstalled || !redisInstalled)('carillon export, by the worker', () => {
  const running: ServerProcess[] = [];
  let folder: string;
  let exports: string;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-cli-'));
    exports = mkdtempSync(join(tmpdir(), 'carillon-exports-'));
    const env = {
      PATH: process.env.PATH,
      HISTORY_URL: await lentDatabase(),
      BUS_URL: 'memory:',
      JOBS_URL: (await lentRedis()).url,
      EXPORT_DIR: exports,
      LOG_LEVEL: 'warn',
    };
    const start = async (service: string, port: number, more: Record<string, string>) => {
      // Built: `npm test` builds before it runs.
      const main = fileURLToPath(new URL(`../../${service}/dist/main.js`, import.meta.url));
      running.push(await startServer(process.execPath, [main], port, { ...env, ...more }, SLOW_MS / 3));
    };
    const [chatPort, adminPort] = [await freePort(), await freePort()];
    await start('chat-service', chatPort, {
      PORT: `${chatPort}`,
      ADMIN_PORT: '0',
      ADMIN_TOKEN,
      SESSION_SECRET: 'a secret for the tests',
    });
    await start('worker', adminPort, { ADMIN_PORT: `${adminPort}` });
    url = `http://127.0.0.1:${chatPort}`;
    // A port answers before what is behind it does: seen is a worker that has done a job which the service gave it.
    await eventually('the worker', async () => {
      const { checks } = (await (await fetch(`${url}/checks`)).json()) as {
        checks: { name: string; status: string }[];
      };
      return checks.some(({ name, status }) => name === 'worker' && status === 'ok');
    });
    for (let count = 1; count <= MESSAGES; count++) {
      const body = count === 2 ? NASTY : `m${count}`;
      const answer = await fetch(`${url}/c/exported`, { method: 'POST', body });
      expect(answer.status, await answer.text()).toBe(201);
    }
  });
  afterAll(async () => {
    for (const each of running.reverse()) await each.stop();
    for (const each of [folder, exports].filter(Boolean)) rmSync(each, { recursive: true, force: true });
  });

  const env = (adminToken: string) => ({ CARILLON_URL: url, ADMIN_TOKEN: adminToken });

  it('writes the file that the worker made, each message as it is', { timeout: SLOW_MS }, async () => {
    expect(readdirSync(exports)).toEqual([]);
    const { code, stdout, stderr } = await carillon(['export', 'exported'], env(ADMIN_TOKEN));
    expect([code, stderr]).toEqual([0, '']);
    expect(readdirSync(exports).length).toBeGreaterThan(0);
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; body: string });
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1));
    expect(messages[1]?.body).toBe(NASTY);

    const file = join(folder, 'exported.csv');
    const csv = await carillon(['export', 'exported', '--format', 'csv', '-o', file], env(ADMIN_TOKEN));
    expect(csv).toEqual({ code: 0, stdout: '', stderr: '' });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`,"'${NASTY.replaceAll('"', '""')}",`);
    expect(text.trimEnd().split('\r\n')).toHaveLength(MESSAGES + 1);
    const form = ['--format', 'csv', '--delimiter', ';', '--bom'];
    const excel = await carillon(['export', 'exported', ...form], env(ADMIN_TOKEN));
    expect(excel.stdout.startsWith('\ufeffchannel;seq;')).toBe(true);
  });

  it('ends with 77 where the admin token is not the server’s', { timeout: SLOW_MS }, async () => {
    const before = readdirSync(exports);
    const { code, stdout, stderr } = await carillon(['export', 'exported'], env('another-admin-token'));
    expect([code, stdout]).toEqual([77, '']);
    expect(stderr).toMatch(/^carillon: export: [^\n]+\n$/);
    expect(readdirSync(exports)).toEqual(before);
  });
});
