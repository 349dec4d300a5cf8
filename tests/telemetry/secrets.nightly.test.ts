import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { kafkaInstalled, startKafka } from '../servers/kafka.ts';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { postgresInstalled, startPostgres } from '../servers/postgres.ts';
import { redisInstalled, startRedis } from '../servers/redis.ts';
import { startStandalone } from '../servers/standalone.ts';
import {
  CALL_WITHIN_MS,
  callEverything,
  expectNoneOf,
  expectNoSecrets,
  type Process,
  planted,
} from './planted.ts';
import { linesOf, type Service, startService } from './service.ts';

const PATIENCE_MS = 60_000;

it('all of it in one process prints no secret and no message', { timeout: 300_000 }, async () => {
  const adminToken = planted('admin');
  const directory = mkdtempSync(join(tmpdir(), 'carillon-printed-'));
  const output = join(directory, 'log');
  const standalone = await startStandalone({
    // All of it: what is kept of a pipe has an end.
    output,
    env: {
      LOG_LEVEL: 'trace',
      ADMIN_TOKEN: adminToken,
      JWT_SECRET: planted('jwt'),
      SESSION_SECRET: planted('session'),
      HELLO_BOT: 'on',
      PRESENCE_URL: `redis://:${planted('redis')}@127.0.0.1:9`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${planted('collector')}@127.0.0.1:9`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${planted('collector header')}`,
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
  });
  const process = { url: standalone.url, output: () => readFileSync(output, 'utf8') };
  const issued = await callEverything(process, process, adminToken);
  expect(issued.length).toBeGreaterThan(0);
  await eventually(
    'what the collector does not take',
    () => process.output().includes('cannot be sent'),
    PATIENCE_MS,
  );
  await standalone.stop();
  const printed = process.output();
  rmSync(directory, { recursive: true });
  expectNoSecrets(printed, issued);
});

it.runIf(postgresInstalled && mosquittoInstalled && redisInstalled)(
  'chat-service and broadcast-sse print no secret and no message, whatever breaks',
  { timeout: 400_000 },
  async () => {
    const [postgres, mosquitto, redis] = [await startPostgres(), await startMosquitto(), await startRedis()];
    const adminToken = planted('admin');
    const database = new URL(await postgres.createDatabase());
    database.password = planted('database');
    const env = {
      LOG_LEVEL: 'trace',
      HISTORY_URL: database.href,
      BUS_URL: mosquitto.url.replace('://', `://carillon:${planted('broker')}@`),
      // It has no password, and refuses one: the command that fails is the one with the password.
      PRESENCE_URL: `redis://:${planted('redis')}@127.0.0.1:${redis.port}`,
      SESSION_SECRET: planted('session'),
      ADMIN_TOKEN: adminToken,
      RATE_LIMIT: 'off',
      DRAIN_SECONDS: '0',
    };
    const chat = await startService('chat-service', { ...env, JOBS_URL: `redis://127.0.0.1:${redis.port}` });
    const broadcast = await startService('broadcast-sse', env);
    try {
      const issued = await callEverything(chat, broadcast, adminToken);
      await mosquitto.kill();
      await postgres.kill();
      await redis.kill();
      issued.push(...(await callEverythingAgain(chat, broadcast, adminToken)));
      expect(linesOf(chat.output()).some(({ level }) => level === 'warn' || level === 'error')).toBe(true);
      await Promise.all([chat.stop(), broadcast.stop()]);
      expectNoSecrets(chat.output() + broadcast.output(), issued);
      expect(broadcast.lines('stream').length).toBeGreaterThan(0);
    } finally {
      await Promise.all([chat.stop(), broadcast.stop()]);
      for (const server of [postgres, mosquitto, redis]) await server.stop();
    }
  },
);

it.runIf(postgresInstalled && kafkaInstalled && redisInstalled)(
  'worker and hello-bot print no secret and no message, over Kafka and whatever breaks',
  { timeout: 600_000 },
  async () => {
    const [postgres, kafka, redis] = [await startPostgres(), await startKafka(), await startRedis()];
    const exportDir = mkdtempSync(join(tmpdir(), 'carillon-exports-'));
    const [adminToken, password] = [planted('admin'), planted('redis')];
    await redis.command('CONFIG', 'SET', 'requirepass', password);
    const database = new URL(await postgres.createDatabase());
    database.password = planted('database');
    const env = {
      LOG_LEVEL: 'trace',
      HISTORY_URL: database.href,
      BUS_URL: kafka.url,
      JOBS_URL: `redis://:${password}@127.0.0.1:${redis.port}`,
      EXPORT_DIR: exportDir,
    };
    const services: Service[] = [];
    const start = async (...what: Parameters<typeof startService>) => {
      const service = await startService(...what);
      services.push(service);
      return service;
    };
    try {
      const chat = await start('chat-service', {
        ...env,
        SESSION_SECRET: planted('session'),
        ADMIN_TOKEN: adminToken,
      });
      const worker = await start('worker', { ...env, WEBHOOK_ALLOW_PRIVATE: 'on' });
      const bot = await start('hello-bot', {
        LOG_LEVEL: 'trace',
        HELLO_BOT_URL: chat.url,
        TOKEN: planted('bot'),
      });
      const call = async (path: string, body: object) => {
        const answer = await fetch(`${chat.url}/v1/channels/lobby/${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${adminToken}` },
        });
        expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
        return answer.text();
      };
      await call('messages', { body: planted('first') });
      const made = await call('webhooks', { url: `http://127.0.0.1:9/${planted('receiver')}` });
      const issued = [...made.matchAll(/"secret":"([^"]+)"/g)].map(([, secret]) => secret ?? '');
      expect(issued).toHaveLength(1);
      await call('messages', { body: planted('delivered') });
      await call('exports', { format: 'ndjson' });
      await eventually('a webhook that failed', () => worker.lines('a webhook failed')[0], PATIENCE_MS);
      await eventually(
        'a bot that is refused',
        () => bot.lines('a post failed and will be retried')[0],
        PATIENCE_MS,
      );
      const warnings = ({ output }: Service) =>
        linesOf(output()).filter(({ level }) => level === 'warn').length;
      const before = [chat, worker].map(warnings);
      await Promise.all([kafka.kill(), postgres.kill(), redis.kill()]);
      const troubled = () =>
        [chat, worker].every((service, index) => warnings(service) > (before[index] ?? 0));
      await eventually('services that warn of their servers', troubled, PATIENCE_MS);
      await Promise.all(services.map((service) => service.stop()));
      const output = services.map((service) => service.output()).join('');
      expectNoneOf(issued, output);
    } finally {
      await Promise.all(services.map((service) => service.stop()));
      for (const server of [kafka, postgres, redis]) await server.stop();
      rmSync(exportDir, { recursive: true, force: true });
    }
  },
);

/** With the store away each call may take as long as it waits for it. */
async function callEverythingAgain(chat: Process, broadcast: Process, adminToken: string): Promise<string[]> {
  const posts = Array.from({ length: 20 }, () =>
    fetch(`${chat.url}/v1/channels/lobby/messages?token=${planted('query')}`, {
      method: 'POST',
      body: planted('lost'),
      headers: { 'Content-Type': 'text/plain', Authorization: `Bearer ${adminToken}` },
      signal: AbortSignal.timeout(CALL_WITHIN_MS * 5),
    }).catch(() => {}),
  );
  const reads = ['/v1/search?q=', '/v1/channels/lobby/messages?after=1&x='].map((path) =>
    fetch(`${chat.url}${path}${planted('read')}`, { signal: AbortSignal.timeout(CALL_WITHIN_MS * 5) }).catch(
      () => {},
    ),
  );
  const stream = fetch(`${broadcast.url}/v1/stream?channel=lobby&ticket=${planted('ticket')}`, {
    signal: AbortSignal.timeout(CALL_WITHIN_MS),
  }).catch(() => {});
  await Promise.all([...posts, ...reads, stream]);
  return [];
}
