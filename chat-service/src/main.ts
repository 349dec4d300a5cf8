/** The chat service as a process of its own. */
import { once } from 'node:events';
import { type Access, openAccess } from '@carillon/access';
import { openAuthenticator } from '@carillon/auth';
import { openBus } from '@carillon/bus';
import { type History, HistoryUnavailable, reachHistory } from '@carillon/history';
import { closeHttpServer, createHttpServer } from '@carillon/http';
import { openJobs } from '@carillon/jobs';
import { openLimits } from '@carillon/limits';
import { openPresence, type Presence } from '@carillon/presence';
import {
  authOf,
  ConfigError,
  createMetrics,
  measureAnswers,
  measureConnections,
  measureLimits,
  measurePassedOver,
  measurePublishes,
  openTracing,
  runService,
  serveAdmin,
  signInOf,
  trustedProxiesOf,
} from '@carillon/runtime';
import type { z } from 'zod';
import { createChatApp } from './app.ts';
import type { CheckedParts } from './checks/list.ts';
import { chatConfig } from './config.ts';
import { createRequestLimits } from './request-limits.ts';

/** What `/checks` tests beside the store and the bus. */
function checkedParts(config: z.output<typeof chatConfig>, presence: Presence): CheckedParts {
  return {
    streams: () => config.STREAMS_URL,
    embedded: config.HISTORY_URL.startsWith('sqlite:') ? ['store'] : [],
    redis: config.PRESENCE_URL.startsWith('redis') ? presence : undefined,
  };
}

runService('chat-service', chatConfig, async (config, log, stopping) => {
  const proxies = trustedProxiesOf(config);
  const auth = openAuthenticator({
    ...authOf(config, log),
    signIn: signInOf(config, log),
  });
  const registry = createMetrics();
  const tracing = await openTracing('chat-service', config, log);
  const ca = config.TLS_CA_FILE;
  let serving: { history: History; access: Access } | undefined;
  const ready = async () => {
    if (serving === undefined) throw new HistoryUnavailable('it is waited for');
    serving.access.requireCurrent();
    await serving.history.ping();
  };
  const admin = await serveAdmin({ port: config.ADMIN_PORT, registry, ready, log });
  const history = await reachHistory(config.HISTORY_URL, {
    ca,
    onAway: (err) => log.warn({ err }, 'the store is away: waiting for it'),
    unfit: (why) => new ConfigError([`HISTORY_URL: ${why}`]),
    signal: stopping,
  });
  const bus = await openBus(config.BUS_URL, {
    ca,
    topicsPrefix: config.TOPICS_PREFIX,
    log,
    observe: measurePublishes(registry),
    passedOver: measurePassedOver(registry),
  });
  const access = openAccess(history.access, { log, createChannels: config.CREATE_CHANNELS });
  const presence = openPresence(config.PRESENCE_URL, { ca, log });
  const jobs = config.JOBS_URL === undefined ? undefined : await openJobs(config.JOBS_URL, { ca, log });
  const refused = measureLimits(registry);
  const limits = config.RATE_LIMIT ? openLimits(config.PRESENCE_URL, { ca, log, refused }) : undefined;
  const shared = config.PRESENCE_URL.startsWith('redis');
  const redis = { jobs, ...(shared && { presence, limits }) };
  measureConnections(registry, { bus, redis, history });
  const chat = createChatApp({
    history,
    bus,
    presence,
    auth,
    access,
    limits: createRequestLimits(limits, config, proxies),
    proxies,
    jobs,
    checks: checkedParts(config, presence),
    adminToken: config.ADMIN_TOKEN,
    exportDir: config.EXPORT_DIR,
    log,
    tracing,
    registry,
  });
  const server = createHttpServer(
    chat.app,
    { log, tracing, onAnswered: measureAnswers(registry) },
    proxies,
  ).listen(config.PORT);
  await once(server, 'listening');
  serving = { history, access };
  log.info({ address: server.address(), admin: admin.port }, 'listens');

  return {
    async close() {
      await closeHttpServer(server);
      await chat.close();
      await jobs?.close();
      await access.close();
      await presence.close();
      await limits?.close();
      await bus.close();
      await history.close();
      await tracing?.close();
      await admin.close();
    },
  };
});
