import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMIT_MS } from '../../chat-service/src/checks/check.ts';
import { freePort } from '../servers/free-port.ts';
import { type Kafka, kafkaInstalled, startKafka } from '../servers/kafka.ts';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { postgresInstalled, startPostgres } from '../servers/postgres.ts';
import { redisInstalled, startRedis } from '../servers/redis.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';

/** A stopped part shows as failed within this time, ms; within ten times that on a machine that does other work. */
const RED_WITHIN_MS = 5_000;
const RED_IN_TESTS_WITHIN_MS = 10 * RED_WITHIN_MS;

/** A server has started again, and its clients have reconnected, within this time, ms. */
const GREEN_WITHIN_MS = 90_000;

/** Pause between two requests while waiting for a change, ms. */
const ASK_EVERY_MS = 200;

interface Line {
  name: string;
  status: 'ok' | 'failed' | 'not-configured';
  detail: string;
}

const installed = postgresInstalled && mosquittoInstalled && redisInstalled;

describe.runIf(installed)('/checks on real parts', () => {
  const parts = new Map<string, ServerProcess>();
  let url: string;
  let exports: string;

  beforeAll(async () => {
    exports = mkdtempSync(join(tmpdir(), 'carillon-checks-'));
    const [postgres, mosquitto, redis] = await Promise.all([startPostgres(), startMosquitto(), startRedis()]);
    parts.set('postgresql', postgres).set('mqtt', mosquitto).set('redis', redis);
    const kafka: Kafka | undefined = kafkaInstalled ? await startKafka() : undefined;
    if (kafka !== undefined) parts.set('kafka', kafka);
    const [chatPort, streamPort] = [await freePort(), await freePort()];
    const env = {
      PATH: process.env.PATH,
      HISTORY_URL: await postgres.createDatabase(),
      BUS_URL: `${mosquitto.url} ${kafka?.url ?? ''}`,
      PRESENCE_URL: redis.url,
      JOBS_URL: redis.url,
      STREAMS_URL: `http://127.0.0.1:${streamPort}`,
      SESSION_SECRET: 'a secret for the tests',
      EXPORT_DIR: exports,
      LOG_LEVEL: 'warn',
    };
    const service = async (name: string, port: number, more: Record<string, string>) => {
      const main = fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url));
      return startServer(process.execPath, [main], port, { ...env, ...more });
    };
    const adminPort = await freePort();
    parts.set('worker', await service('worker', adminPort, { ADMIN_PORT: String(adminPort) }));
    for (const [part, name, port] of [
      ['broadcast', 'broadcast-sse', streamPort],
      ['chat', 'chat-service', chatPort],
    ] as const) {
      parts.set(part, await service(name, port, { PORT: String(port), ADMIN_PORT: '0' }));
    }
    url = `http://127.0.0.1:${chatPort}/checks`;
  });

  afterAll(async () => {
    for (const part of [...parts.values()].reverse()) await part.stop();
    rmSync(exports, { recursive: true, force: true });
  }, 60_000);

  async function checks(): Promise<Line[]> {
    const answer = await fetch(url, { headers: { 'using-nginx': 'true' } });
    const { ok, checks: lines } = (await answer.json()) as { ok: boolean; checks: Line[] };
    expect(answer.status).toBe(ok ? 200 : 503);
    return lines;
  }

  /** Asks until the line has this status. Returns the line, and how long that took. */
  async function until(name: string, status: Line['status'], withinMs: number) {
    const started = performance.now();
    for (;;) {
      const line = (await checks()).find((each) => each.name === name);
      const tookMs = Math.round(performance.now() - started);
      if (line?.status === status) return { ...line, tookMs };
      if (tookMs > withinMs)
        throw new Error(`${name} is ${line?.status} (${line?.detail}) after ${tookMs} ms`);
      await sleep(ASK_EVERY_MS);
    }
  }

  const allGreen = async () => {
    for (const name of NAMES)
      await until(name, kafkaInstalled || name !== 'kafka' ? 'ok' : 'not-configured', GREEN_WITHIN_MS);
  };

  it('are all green, in order', async () => {
    await allGreen();
    expect((await checks()).map(({ name }) => name)).toEqual(['proxy', ...NAMES]);
  }, 120_000);

  it('have a time limit that lets two callers, one after the other, finish within 5 s', () => {
    expect(2 * LIMIT_MS).toBeLessThan(RED_WITHIN_MS);
  });

  const stopped = ['postgresql', 'mqtt', 'kafka', 'redis', 'worker', 'broadcast'];
  for (const name of stopped) {
    it.runIf(name !== 'kafka' || kafkaInstalled)(
      `${name} turns red when it is killed or frozen, with the reason, and green again afterwards`,
      async () => {
        await allGreen();
        const part = parts.get(name);
        if (part === undefined) throw new Error(`${name} does not run`);
        const ways = {
          killed: [() => part.kill('SIGKILL'), () => part.restart()],
          frozen: [async () => part.freeze(), async () => part.thaw()],
        } as const;
        for (const [way, [begin, end]] of Object.entries(ways)) {
          await begin();
          const red = await until(name, 'failed', RED_IN_TESTS_WITHIN_MS).finally(end);
          const green = await until(name, 'ok', GREEN_WITHIN_MS);
          expect(red.detail).toMatch(/^[a-zA-Z0-9 ,.:()']+$/);
          expect(red.detail).not.toMatch(/127\.0|Error|password|postgres:/);
          console.log(
            `${name}: ${way} "${red.detail}" after ${red.tookMs} ms, green ${green.tookMs} ms after its return`,
          );
        }
      },
      400_000,
    );
  }

  it('keep their log short, and cost one message even if two hundred callers ask at once', async () => {
    await allGreen();
    const extent = async () => {
      const answer = await fetch(new URL('/v1/channels/carillon-checks', url));
      expect(answer.status).toBe(200);
      return (await answer.json()) as { earliest: number; head: number };
    };
    const { head } = await extent();
    const asked = performance.now();
    await Promise.all(Array.from({ length: 200 }, checks));
    const seconds = Math.ceil((performance.now() - asked) / 1_000);
    expect((await extent()).head - head).toBeLessThanOrEqual(1 + seconds);
    for (let last = head; last < head + 25; last = (await extent()).head) {
      await checks();
      // Only one round a second is made. Without this pause the loop would exceed the limit of calls in a minute.
      await sleep(ASK_EVERY_MS);
    }
    const { earliest, head: last } = await extent();
    expect(last - earliest).toBeLessThan(40);
  }, 180_000);
});

const NAMES = ['postgresql', 'schema', 'mqtt', 'kafka', 'redis', 'worker', 'broadcast'];
