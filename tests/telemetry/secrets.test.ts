import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { lentDatabase, lentMqtt, lentRedis } from '../servers/lent.ts';
import { mosquittoInstalled } from '../servers/mosquitto.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { redisInstalled } from '../servers/redis.ts';
import { callEverything, expectNoneOf, expectNoSecrets, planted } from './planted.ts';
import { type Service, startService } from './service.ts';

const PATIENCE_MS = 60_000;
const installed = postgresInstalled && mosquittoInstalled && redisInstalled;

// What they print while their servers break is in secrets.nightly.test.ts.
describe.runIf(installed)('no secret and no message is in the output', { timeout: 300_000 }, () => {
  const adminToken = planted('admin');
  /** What was answered that is a secret by itself. */
  const issued: string[] = [];
  let exportDir: string;
  let chat: Service;
  let broadcast: Service;
  let worker: Service;
  let bot: Service;

  beforeAll(async () => {
    exportDir = mkdtempSync(join(tmpdir(), 'carillon-exports-'));
    const database = new URL(await lentDatabase());
    database.password = planted('database');
    const redis = await lentRedis();
    const env = {
      LOG_LEVEL: 'trace',
      HISTORY_URL: database.href,
      BUS_URL: (await lentMqtt()).replace('://', `://carillon:${planted('broker')}@`),
      JOBS_URL: redis.url,
      EXPORT_DIR: exportDir,
    };
    const serving = {
      ...env,
      // It is not the password that this server has: the command that fails is the one with the password.
      PRESENCE_URL: `redis://:${planted('redis')}@127.0.0.1:${redis.port}`,
      SESSION_SECRET: planted('session'),
      ADMIN_TOKEN: adminToken,
      RATE_LIMIT: 'off',
      DRAIN_SECONDS: '0',
    };
    [chat, broadcast, worker] = await Promise.all([
      startService('chat-service', serving),
      startService('broadcast-sse', serving),
      startService('worker', { ...env, WEBHOOK_ALLOW_PRIVATE: 'on' }),
    ]);
    bot = await startService('hello-bot', {
      LOG_LEVEL: 'trace',
      HELLO_BOT_URL: chat.url,
      TOKEN: planted('bot'),
    });
  }, 300_000);
  afterAll(async () => {
    await Promise.all([chat, broadcast, worker, bot].map((service) => service?.stop()));
    rmSync(exportDir, { recursive: true, force: true });
  });

  it('of chat-service and broadcast-sse, whatever they are asked', async () => {
    issued.push(...(await callEverything(chat, broadcast, adminToken)));
    expect(issued.length).toBeGreaterThan(0);
    expectNoSecrets(chat.output() + broadcast.output(), issued);
    expect(broadcast.lines('stream').length).toBeGreaterThan(0);
  });

  it('of worker and hello-bot, whatever they are given and whichever server refuses them', async () => {
    const call = async (path: string, body: object) => {
      const answer = await fetch(`${chat.url}/v1/channels/planted/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${adminToken}` },
      });
      expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
      return answer.text();
    };
    await call('messages', { body: planted('first') });
    const made = await call('webhooks', { url: `http://127.0.0.1:9/${planted('receiver')}` });
    const secrets = [...made.matchAll(/"secret":"([^"]+)"/g)].map(([, secret]) => secret ?? '');
    expect(secrets).toHaveLength(1);
    await call('messages', { body: planted('delivered') });
    await call('exports', { format: 'ndjson' });
    await eventually('a webhook that failed', () => worker.lines('a webhook failed')[0], PATIENCE_MS);
    await eventually(
      'a bot that is refused',
      () => bot.lines('a post failed and will be retried')[0],
      PATIENCE_MS,
    );
    await Promise.all([chat, broadcast, worker, bot].map((service) => service.stop()));
    const output = [chat, broadcast, worker, bot].map((service) => service.output()).join('');
    expectNoneOf([...issued, ...secrets], output);
  });
});
