import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../tests/eventually.ts';
import { type Postgres, startPostgres } from '../../tests/servers/postgres.ts';
import { type Redis, startRedis } from '../../tests/servers/redis.ts';
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts';

/** Built: `npm test` builds before it runs. */
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** It works within a second; a busy machine takes longer. */
const START_WITHIN_MS = 60_000;

/** A fixture with servers of its own, and workers as processes: all of them may be killed. */
export interface FaultFixture extends WorkerFixture {
  redis: Redis;
  postgres: Postgres;
  spawn(env?: Record<string, string>): Promise<WorkerProcess>;
}

export interface WorkerProcess {
  child: ChildProcess;
  output(): string;
  /** The exit code; null where a signal ended it. */
  exit: Promise<number | null>;
}

export async function openFaultFixture(): Promise<FaultFixture> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const historyUrl = await postgres.createDatabase();
  const flush = () => redis.command('FLUSHALL');
  const fixture = await openWorkerFixture({ historyUrl, jobsUrl: redis.url, flush });
  return {
    ...fixture,
    redis,
    postgres,
    async spawn(env = {}) {
      const child = spawn(process.execPath, [MAIN], {
        env: {
          PATH: process.env.PATH,
          ADMIN_PORT: '0',
          HISTORY_URL: historyUrl,
          BUS_URL: 'memory:',
          JOBS_URL: redis.url,
          EXPORT_DIR: fixture.exportDir,
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
      fixture.after(async () => {
        child.kill('SIGKILL');
        await exit;
      });
      await eventually('a worker that works', () => output.includes('"started"'), START_WITHIN_MS);
      return { child, exit, output: () => output };
    },
    async close() {
      await fixture.close();
      await redis.stop();
      await postgres.stop();
    },
  };
}
