/** The chat service as a process of its own. */
import { once } from 'node:events';
import { createSessions } from '@carillon/auth';
import { openBus } from '@carillon/bus';
import { type History, HistoryUnavailable, reachHistory } from '@carillon/history';
import { closeHttpServer, createHttpServer } from '@carillon/http';
import { createMetrics, runService, serveAdmin } from '@carillon/runtime';
import { createChatApp } from './app.ts';
import { chatConfig, retentionOf } from './config.ts';
import { startRetention } from './retention.ts';

runService('chat-service', chatConfig, async (config, log, stopping) => {
  const registry = createMetrics();
  const ca = config.TLS_CA_FILE;
  let serving: History | undefined;
  const ready = async () => {
    if (serving === undefined) throw new HistoryUnavailable('it is waited for');
    await serving.ping();
  };
  const admin = await serveAdmin({ port: config.ADMIN_PORT, registry, ready, log });
  const onAway = (err: HistoryUnavailable) => log.warn({ err }, 'the store is away: waiting for it');
  const history = await reachHistory(config.HISTORY_URL, { ca, onAway, signal: stopping });
  const bus = await openBus(config.BUS_URL, { ca, log });
  const sessions = createSessions(config.SESSION_SECRET);
  const chat = createChatApp({ history, bus, sessions, log, registry });
  const bounds = retentionOf(config);
  const retention = bounds && startRetention(history, bounds, log);
  const server = createHttpServer(chat.app).listen(config.PORT);
  await once(server, 'listening');
  serving = history;
  log.info({ address: server.address(), admin: admin.port }, 'listens');

  return {
    async close() {
      await closeHttpServer(server);
      await retention?.close();
      await chat.close();
      await bus.close();
      await history.close();
      await admin.close();
    },
  };
});
