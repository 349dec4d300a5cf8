import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBus } from '@carillon/bus';
import { type History, openHistory, type Webhook } from '@carillon/history';
import { type Jobs, openJobs } from '@carillon/jobs';
import { createLog } from '@carillon/runtime';
import { Registry } from 'prom-client';
import { eventually } from '../../tests/eventually.ts';
import { type Postgres, postgresInstalled, startPostgres } from '../../tests/servers/postgres.ts';
import { type Redis, redisInstalled, startRedis } from '../../tests/servers/redis.ts';
import { startWorker, type Worker, type WorkerParts } from '../src/index.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** From its sources, on a machine that others share. */
const START_WITHIN_MS = 60_000;

export const stageInstalled = postgresInstalled && redisInstalled;

/** Real servers, and workers of both kinds: within this process, and as processes that may be killed. */
export interface Stage {
  redis: Redis;
  postgres: Postgres;
  history: History;
  jobs: Jobs;
  exportDir: string;
  /** Publishes on the bus of the workers within this process. */
  publish(channel: string): Promise<void>;
  work(more?: Partial<WorkerParts>): Promise<Worker>;
  spawn(env?: Record<string, string>): Promise<WorkerProcess>;
  receiver(): Promise<Receiver>;
  /** Makes a channel with a webhook to `url`; posts go to the channel. */
  hook(url: string, channel?: string): Promise<Webhook & { secret: string }>;
  post(channel: string, count: number, body?: string): Promise<void>;
  webhook(hook: Webhook): Promise<Webhook>;
  /** Closes workers and receivers, for the next test. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface WorkerProcess {
  child: ChildProcess;
  output(): string;
  /** The exit code; null where a signal ended it. */
  exit: Promise<number | null>;
}

export async function openStage(): Promise<Stage> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const url = await postgres.createDatabase();
  const history = await openHistory(url);
  const jobs = await openJobs(redis.url);
  const address = `memory:${randomUUID()}`;
  const bus = await openBus(address);
  const exportDir = await mkdtemp(join(tmpdir(), 'carillon-exports-'));
  const log = createLog({ service: 'worker', level: 'silent' });
  let closing: (() => Promise<unknown>)[] = [];
  let channels = 0;

  const clear = async () => {
    const all = closing.map((close) => close());
    closing = [];
    await Promise.all(all);
  };
  return {
    redis,
    postgres,
    history,
    jobs,
    exportDir,
    async publish(channel) {
      await bus.publish(channel, (await history.messages(channel, { limit: 1 })).messages);
    },
    async work(more = {}) {
      const own = { bus: await openBus(address), jobs: await openJobs(redis.url) };
      const worker = await startWorker({
        ...own,
        history,
        jobsUrl: redis.url,
        exportDir,
        allowPrivate: true,
        retention: undefined,
        log,
        registry: new Registry(),
        ...more,
      });
      closing.push(async () => {
        await worker.close();
        await own.jobs.close();
        await own.bus.close();
      });
      return worker;
    },
    async spawn(env = {}) {
      const child = spawn(process.execPath, ['--import', 'tsx', '--conditions', 'carillon-source', MAIN], {
        env: {
          PATH: process.env.PATH,
          ADMIN_PORT: '0',
          HISTORY_URL: url,
          BUS_URL: 'memory:',
          JOBS_URL: redis.url,
          EXPORT_DIR: exportDir,
          WEBHOOK_ALLOW_PRIVATE: 'on',
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          output = (output + chunk).slice(-20_000);
        });
      }
      const exit = once(child, 'exit').then(([code]) => code as number | null);
      closing.push(async () => {
        child.kill('SIGKILL');
        await exit;
      });
      await eventually('a worker that works', () => output.includes('"works"'), START_WITHIN_MS);
      return { child, exit, output: () => output };
    },
    async receiver() {
      const receiver = await startReceiver();
      closing.push(() => receiver.close());
      return receiver;
    },
    async hook(to, channel) {
      channels += 1;
      const secret = `whsec_${randomBytes(32).toString('base64')}`;
      const webhook = await history.webhooks.create({
        id: randomBytes(16).toString('hex'),
        channel: channel ?? `hooked-${channels}`,
        url: to,
        secret,
        from: 'latest',
      });
      closing.push(() => history.webhooks.delete(webhook.channel, webhook.id));
      return { ...webhook, secret };
    },
    async post(channel, count, body = 'hello') {
      const author = { id: 'ada', name: 'Ada' };
      await history.append(Array.from({ length: count }, () => ({ channel, author, body })));
    },
    async webhook({ channel, id }) {
      const webhook = await history.webhooks.get(channel, id);
      if (webhook === undefined) throw new Error('the webhook is gone');
      return webhook;
    },
    clear,
    async close() {
      await clear();
      await jobs.close();
      await bus.close();
      await history.close();
      await redis.stop();
      await postgres.stop();
      await rm(exportDir, { recursive: true, force: true });
    },
  };
}
