import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.ts';
import { lentDatabase, lentRedis, lentStandalone } from '../servers/lent.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { redisInstalled } from '../servers/redis.ts';
import { startServer } from '../servers/server-process.ts';
import { GROUPS_OF, metricsOf } from './metrics-tables.ts';

/** A service opens its store and its bus before all it has is registered. */
const WITHIN = { timeout: 90_000, interval: 250 };

const main = (service: string) => fileURLToPath(new URL(`../../${service}/dist/main.js`, import.meta.url));

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** What the list says of the metrics that these services serve: name, type and meaning. */
function listed(services: readonly string[]): string[] {
  const groups = new Set(services.flatMap((service) => GROUPS_OF[service] ?? []));
  return [...groups]
    .flatMap(metricsOf)
    .map(({ name, type, help }) => `${name} ${type}: ${help}`)
    .sort();
}

async function served(adminPort: number): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
  const text = await answer.text();
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)]
    .map(([, name, help, type]) => `${name} ${type}: ${help}`)
    .sort();
}

describe.skipIf(!postgresInstalled || !redisInstalled)('as a process of its own', () => {
  let env: Record<string, string>;
  beforeAll(async () => {
    const [database, redis] = await Promise.all([lentDatabase(), lentRedis()]);
    const directory = mkdtempSync(join(tmpdir(), 'carillon-metrics-'));
    stops.push(async () => rmSync(directory, { recursive: true, force: true }));
    env = {
      PATH: process.env.PATH ?? '',
      HISTORY_URL: database,
      BUS_URL: 'memory:',
      PRESENCE_URL: redis.url,
      JOBS_URL: redis.url,
      EXPORT_DIR: directory,
      SESSION_SECRET: 'a secret for the tests that is long enough',
      LOG_LEVEL: 'warn',
    };
  });

  it.each(Object.keys(GROUPS_OF))(
    '%s serves the metrics that docs/metrics.md lists, and no other',
    async (service) => {
      const [port, adminPort] = [await freePort(), await freePort()];
      const own = { ...env, PORT: String(port), ADMIN_PORT: String(adminPort) };
      const running = await startServer(process.execPath, [main(service)], adminPort, own);
      stops.push(() => running.stop());
      await expect.poll(() => served(adminPort), WITHIN).toEqual(listed([service]));
    },
  );
});

it('npm start serves the metrics of the services that it contains', async () => {
  const standalone = await lentStandalone('usual');
  await expect
    .poll(() => served(standalone.adminPort), WITHIN)
    .toEqual(listed(['chat-service', 'broadcast-sse', 'hello-bot']));
});
