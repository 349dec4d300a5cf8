import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBus } from '@carillon/bus';
import { type History, openHistory, type Webhook } from '@carillon/history';
import { type Jobs, openJobs } from '@carillon/jobs';
import { createLog } from '@carillon/runtime';
import { Registry } from 'prom-client';
import { lentDatabase, lentRedis } from '../../tests/servers/lent.ts';
import { postgresInstalled } from '../../tests/servers/postgres.ts';
import { redisInstalled } from '../../tests/servers/redis.ts';
import { startWorker, type Worker, type WorkerParts } from '../src/index.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export const serversInstalled = postgresInstalled && redisInstalled;

/** The servers of a fixture: an empty store, and an empty queue. */
export interface FixtureServers {
  historyUrl: string;
  jobsUrl: string;
  /** Has the queue lose all it holds. */
  flush(): Promise<unknown>;
}

/** Workers within this process, over real servers. */
export interface WorkerFixture extends FixtureServers {
  history: History;
  jobs: Jobs;
  exportDir: string;
  work(more?: Partial<WorkerParts>): Promise<Worker>;
  receiver(): Promise<Receiver>;
  /** Makes a channel with a webhook to `url`; posts go to the channel. */
  hook(url: string, channel?: string): Promise<Webhook & { secret: string }>;
  /** Stores messages, and tells no worker of them: their next sweep finds them. */
  post(channel: string, count: number, body?: string): Promise<void>;
  /** Stores messages, and tells the workers of them at once, as a chat service does. */
  say(channel: string, count: number, body?: string): Promise<void>;
  webhook(hook: Webhook): Promise<Webhook>;
  /** Does this at the next {@link clear}. */
  after(close: () => Promise<unknown>): void;
  /** Closes workers and receivers, for the next test. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a fixture on the run's servers, or on `servers`. */
export async function openWorkerFixture(servers?: FixtureServers): Promise<WorkerFixture> {
  const { historyUrl, jobsUrl, flush } = servers ?? (await lentServers());
  const history = await openHistory(historyUrl);
  const jobs = await openJobs(jobsUrl);
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
  const post = async (channel: string, count: number, body = 'hello') => {
    const author = { id: 'ada', name: 'Ada' };
    await history.append(Array.from({ length: count }, () => ({ channel, author, body })));
  };
  return {
    historyUrl,
    jobsUrl,
    flush,
    history,
    jobs,
    exportDir,
    async work(more = {}) {
      const own = { bus: await openBus(address), jobs: await openJobs(jobsUrl) };
      const worker = await startWorker({
        ...own,
        history,
        jobsUrl,
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
    post,
    async say(channel, count, body) {
      await post(channel, count, body);
      await bus.publish(channel, (await history.messages(channel, { limit: 1 })).messages);
    },
    async webhook({ channel, id }) {
      const webhook = await history.webhooks.get(channel, id);
      if (webhook === undefined) throw new Error('the webhook is gone');
      return webhook;
    },
    after: (close) => void closing.push(close),
    clear,
    async close() {
      await clear();
      await jobs.close();
      await bus.close();
      await history.close();
      await rm(exportDir, { recursive: true, force: true });
    },
  };
}

async function lentServers(): Promise<FixtureServers> {
  const [historyUrl, redis] = await Promise.all([lentDatabase(), lentRedis()]);
  return { historyUrl, jobsUrl: redis.url, flush: () => redis.command('FLUSHDB') };
}
