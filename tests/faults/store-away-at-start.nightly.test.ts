import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../servers/free-port.ts';
import { type Postgres, postgresInstalled, startPostgres } from '../servers/postgres.ts';

const SERVICES = ['chat-service', 'broadcast-sse'];

/** A process starts in some seconds where the machine is shared. */
const WITHIN = { timeout: 90_000, interval: 50 };

describe.skipIf(!postgresInstalled)('a service that starts while PostgreSQL is away', () => {
  let server: Postgres;
  let url: string;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  });
  afterAll(() => server?.stop());

  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  async function start(service: string) {
    const adminPort = await freePort();
    const main = fileURLToPath(new URL(`../../${service}/dist/main.js`, import.meta.url));
    const env = {
      PATH: process.env.PATH,
      PORT: '0',
      ADMIN_PORT: String(adminPort),
      HISTORY_URL: url,
      BUS_URL: 'memory:',
      SESSION_SECRET: 'a secret for the tests',
    };
    const started = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    let out = '';
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (text) => (out += text));
    const status = (path: string) =>
      fetch(`http://127.0.0.1:${adminPort}${path}`).then(
        async (answer) => `${answer.status} ${await answer.text()}`.trim(),
        () => 'no answer',
      );
    return {
      status,
      says: (text: string) => out.split(text).length - 1,
      async stop() {
        started.kill('SIGTERM');
        const [code] = await once(started, 'close');
        return code as number | null;
      },
    };
  }

  it.each(SERVICES)(
    '%s waits for it, says so once, is not ready meanwhile, and then serves',
    async (name) => {
      await server.kill('SIGKILL');
      const service = await start(name);
      await vi.waitUntil(() => service.says('waiting for it') > 0, WITHIN);
      expect(await service.status('/healthz')).toBe('200 ok');
      expect(await service.status('/readyz')).toBe('503 HistoryUnavailable');
      await new Promise((resolve) => setTimeout(resolve, 1_500)); // Long enough for a few more tries.
      expect(service.says('waiting for it')).toBe(1);
      expect(service.says('"listens"')).toBe(0);
      await server.restart();
      await vi.waitUntil(() => service.says('"listens"') > 0, WITHIN);
      expect(await service.status('/readyz')).toBe('200 ready');
      expect(await service.stop()).toBe(0);
    },
    240_000,
  );

  it.each(SERVICES)(
    '%s stops at once with 0 while it waits',
    async (name) => {
      await server.kill('SIGKILL');
      try {
        const service = await start(name);
        await vi.waitUntil(() => service.says('waiting for it') > 0, WITHIN);
        expect(await service.stop()).toBe(0);
        expect(service.says('"stopped"')).toBe(1);
      } finally {
        await server.restart();
      }
    },
    240_000,
  );
});
