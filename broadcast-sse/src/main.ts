/** A broadcast node as a process of its own. */
import { openBus } from '@carillon/bus';
import { openHistory } from '@carillon/history';
import { answerErrors, answerNotFound, createHttpServer } from '@carillon/http';
import { createMetrics, runService, serveAdmin } from '@carillon/runtime';
import { createBroadcastApp } from './app.ts';
import { broadcastConfig } from './config.ts';
import { listenForStreams } from './stream-listener.ts';

runService('broadcast-sse', broadcastConfig, async (config, log) => {
  const registry = createMetrics();
  const ca = config.TLS_CA_FILE;
  const history = await openHistory(config.HISTORY_URL, { ca });
  const bus = await openBus(config.BUS_URL, { ca });
  const broadcast = await createBroadcastApp({ history, bus, log, registry });
  broadcast.app.onError(answerErrors(log));
  broadcast.app.notFound(answerNotFound(broadcast.app));
  const listener = await listenForStreams(createHttpServer(broadcast.app), { port: config.PORT });
  // Without the store a node still serves what is live, and its streams wait: it is ready as soon as it listens.
  const admin = await serveAdmin({ port: config.ADMIN_PORT, registry, ready: async () => {}, log });
  log.info({ port: listener.port, admin: admin.port }, 'listens');

  return {
    async close() {
      const closed = listener.close();
      await broadcast.close(config.DRAIN_SECONDS * 1_000);
      await closed;
      await bus.close();
      await history.close();
      await admin.close();
    },
  };
});
