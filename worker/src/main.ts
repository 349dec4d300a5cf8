/** The worker as a process: webhooks, exports, retention. */
import { mkdir } from 'node:fs/promises';
import { openAdmin, openStoreAndBus } from '@carillon/composition';
import { openJobs } from '@carillon/jobs';
import { createMetrics, measureConnections, retentionOf, runService } from '@carillon/runtime';
import { BUS_GROUP, busToRead, workerConfig } from './config.ts';
import { startWorker } from './worker.ts';

runService('worker', workerConfig, async (config, context) => {
  const { log, scope } = context;
  const registry = createMetrics();
  await mkdir(config.EXPORT_DIR, { recursive: true });
  const { serves } = await openAdmin(config, context, registry);
  const found = { ...config, BUS_URL: busToRead(config.BUS_URL) };
  const { history, bus } = await openStoreAndBus(found, context, registry, { group: BUS_GROUP });
  const ca = config.TLS_CA_FILE;
  const jobs = scope.adopt(await openJobs(config.JOBS_URL, { ca }), (it) => it.close());
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
  scope.defer(() => worker.close());
  const admin = await serves(() => worker.ready());
  log.info({ admin: admin.port }, 'started');
});
