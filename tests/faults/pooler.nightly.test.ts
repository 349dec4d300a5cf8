import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.ts';
import { lentDatabase, lentMqtt, lentRedis } from '../servers/lent.ts';
import { type Pgbouncer, pgbouncerInstalled, startPgbouncer } from '../servers/pgbouncer.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { startService } from '../telemetry/service.ts';
import { openReader } from './reader.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;

const soon = { timeout: 40_000, interval: 50 };

describe.skipIf(!postgresInstalled || !pgbouncerInstalled)('services behind PgBouncer', () => {
  let database: string;
  let exports: string;
  const started: Pgbouncer[] = [];
  const behind = async (settings: readonly string[]) => {
    const pooler = await startPgbouncer(Number(new URL(database).port), settings);
    started.push(pooler);
    return pooler.urlOf(database);
  };
  beforeAll(async () => {
    database = await lentDatabase();
    exports = mkdtempSync(join(tmpdir(), 'carillon-exports-'));
  });
  afterAll(async () => {
    for (const pooler of started) await pooler.stop();
    rmSync(exports, { recursive: true, force: true });
  });

  const env = async (historyUrl: string) => ({
    HISTORY_URL: historyUrl,
    BUS_URL: await lentMqtt(),
    JOBS_URL: (await lentRedis()).url,
    EXPORT_DIR: exports,
    SESSION_SECRET: 'a secret that both have',
    DRAIN_SECONDS: '0',
  });

  it('bring a post to its reader, with the settings that docs/operate.md shows', async () => {
    const shown = /## Behind PgBouncer[\s\S]*?```ini\n([\s\S]*?)```/.exec(
      readFileSync(`${ROOT}/docs/operate.md`, 'utf8'),
    )?.[1];
    const own = (shown ?? '').slice((shown ?? '').indexOf('[pgbouncer]\n') + '[pgbouncer]\n'.length);
    expect(own).toContain('pool_mode = transaction');
    const both = await env(await behind(own.trim().split('\n')));
    const chat = await startService('chat-service', both);
    const broadcast = await startService('broadcast-sse', both);
    const reader = openReader({
      port: Number(new URL(broadcast.url).port),
      path: '/v1/channels/lobby/stream',
    });
    await expect.poll(() => reader.events.map(({ name }) => name), soon).toContain('open');
    const posted = await fetch(`${chat.url}/v1/channels/lobby/messages`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: 'by way of the pooler',
    });
    expect(posted.status).toBe(201);
    await expect
      .poll(() => reader.events.map(({ data }) => data).join(), soon)
      .toContain('by way of the pooler');
    reader.close();
    expect([await chat.stop(), await broadcast.stop()]).toEqual([0, 0]);
  }, 240_000);

  it.each(['chat-service', 'broadcast-sse', 'worker', 'standalone'])(
    '%s ends with 78 and says why where the pooler loses prepared statements',
    async (service) => {
      const ports = { PORT: '0', ADMIN_PORT: String(await freePort()), PATH: process.env.PATH };
      const child = spawn(process.execPath, [`${ROOT}/${service}/dist/main.js`], {
        env: {
          ...ports,
          ...(await env(await behind(['pool_mode = transaction', 'max_prepared_statements = 0']))),
          HOST: service === 'standalone' ? '127.0.0.1' : undefined,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const said = text(child.stderr);
      const [code] = await once(child, 'exit');
      expect(code).toBe(EXIT_CONFIG);
      expect((await said).trim().split('\n')).toEqual([
        `${service}: the environment cannot be used`,
        expect.stringMatching(
          /^ {2}HISTORY_URL: PostgreSQL is behind a pooler that loses prepared statements\..*1\.21/,
        ),
      ]);
    },
    120_000,
  );
});
