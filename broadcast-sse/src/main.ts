/** A broadcast node as a process of its own. */
import { type Access, openAccess } from '@carillon/access';
import { openAuthenticator } from '@carillon/auth';
import { openBus } from '@carillon/bus';
import { type History, HistoryUnavailable, reachHistory } from '@carillon/history';
import { answerErrors, answerNotFound, createHttpServer } from '@carillon/http';
import { openLimits } from '@carillon/limits';
import { openPresence } from '@carillon/presence';
import {
  authOf,
  ConfigError,
  createMetrics,
  measureAnswers,
  measureConnections,
  measureLimits,
  measurePassedOver,
  openTracing,
  runService,
  serveAdmin,
  trustedProxiesOf,
} from '@carillon/runtime';
import { createBroadcastApp } from './app.ts';
import { broadcastConfig } from './config.ts';
import { StreamLimit } from './stream-limit.ts';
import { listenForStreams } from './stream-listener.ts';

runService('broadcast-sse', broadcastConfig, async (config, log, stopping) => {
  const proxies = trustedProxiesOf(config);
  const authenticator = openAuthenticator(authOf(config, log));
  const registry = createMetrics();
  const tracing = await openTracing('broadcast-sse', config, log);
  const ca = config.TLS_CA_FILE;
  let serving: Access | undefined;
  const ready = async () => {
    if (serving === undefined) throw new HistoryUnavailable('it is waited for');
    try {
      serving.requireCurrent();
    } catch (reason) {
      // A node that does not learn who is banned gets nobody new. But while the store is away for all nodes, they serve what is live, and
      // streams wait: EventSource would give up for ever on a proxy's answer that there is no node.
      if (await answers(history)) throw reason;
    }
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
    passedOver: measurePassedOver(registry),
  });
  const presence = openPresence(config.PRESENCE_URL, { ca, log });
  const access = openAccess(history.access, { log, createChannels: config.CREATE_CHANNELS });
  const refused = measureLimits(registry);
  const limits = config.RATE_LIMIT ? openLimits(config.PRESENCE_URL, { ca, log, refused }) : undefined;
  const redis = config.PRESENCE_URL.startsWith('redis') ? { presence, limits } : {};
  measureConnections(registry, { bus, redis, history });
  const limit =
    limits && new StreamLimit(limits, config.STREAMS_PER_ADDRESS, proxies, config.STREAMS_PER_PERSON);
  const broadcast = await createBroadcastApp({
    history,
    bus,
    presence,
    authenticator,
    access,
    limit,
    maxAgeMs: config.STREAM_MAX_AGE_SECONDS * 1_000,
    log,
    tracing,
    registry,
  });
  broadcast.app.onError(answerErrors(log));
  broadcast.app.notFound(answerNotFound(broadcast.app));
  const listener = await listenForStreams(
    createHttpServer(broadcast.app, { log, tracing, onAnswered: measureAnswers(registry) }, proxies),
    { port: config.PORT },
  );
  serving = access;
  log.info({ port: listener.port, admin: admin.port }, 'listens');

  return {
    async close() {
      const closed = listener.close();
      await broadcast.close(config.DRAIN_SECONDS * 1_000);
      await closed;
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

/** Whether the store answers at all. */
async function answers(history: Pick<History, 'schema'>): Promise<boolean> {
  try {
    await history.schema();
    return true;
  } catch {
    return false;
  }
}
