/** The worker as a process: webhooks, exports, retention. */
import { mkdir } from 'node:fs/promises';
import { openBus } from '@carillon/bus';
import { HistoryUnavailable, reachHistory } from '@carillon/history';
import { openJobs } from '@carillon/jobs';
import {
  ConfigError,
  createMetrics,
  measureConnections,
  measurePassedOver,
  retentionOf,
  runService,
  serveAdmin,
} from '@carillon/runtime';
import { BUS_GROUP, busToRead, workerConfig } from './config.ts';
import { startWorker, type Worker } from './worker.ts';

runService('worker', workerConfig, async (config, log, stopping) => {
  const registry = createMetrics();
  const ca = config.TLS_CA_FILE;
  await mkdir(config.EXPORT_DIR, { recursive: true });
  let working: Worker | undefined;
  const ready = async () => {
    if (working === undefined) throw new HistoryUnavailable('it is waited for');
    await working.ready();
  };
  const admin = await serveAdmin({ port: config.ADMIN_PORT, registry, ready, log });
  const history = await reachHistory(config.HISTORY_URL, {
    ca,
    onAway: (err) => log.warn({ err }, 'the store is away: waiting for it'),
    unfit: (why) => new ConfigError([`HISTORY_URL: ${why}`]),
    signal: stopping,
  });
  const topicsPrefix = config.TOPICS_PREFIX;
  const bus = await openBus(busToRead(config.BUS_URL), {
    ca,
    topicsPrefix,
    group: BUS_GROUP,
    log,
    passedOver: measurePassedOver(registry),
  });
  const jobs = await openJobs(config.JOBS_URL, { ca });
  measureConnections(registry, { bus, redis: { jobs }, history });
  const worker = await startWorker({
    history,
    bus,
    jobs,
    jobsUrl: config.JOBS_URL,
    ca,
    exportDir: config.EXPORT_DIR,
    allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
    retention: retentionOf(config),
    log,
    registry,
  });
  working = worker;
  log.info({ admin: admin.port }, 'works');

  return {
    async close() {
      await worker.close();
      await jobs.close();
      await bus.close();
      await history.close();
      await admin.close();
    },
  };
});
