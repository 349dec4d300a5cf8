/** A broadcast node as a process of its own. */
import { openAuthenticator } from '@carillon/auth';
import { openParts } from '@carillon/composition';
import type { History } from '@carillon/history';
import { answerErrors, answerNotFound, createHttpServer } from '@carillon/http';
import { authOf, runService } from '@carillon/runtime';
import { broadcastConfig } from './config.ts';
import { openStreams } from './open.ts';

runService('broadcast-sse', broadcastConfig, async (config, context) => {
  const { log } = context;
  const authenticator = openAuthenticator(authOf(config, log));
  const parts = await openParts(config, context);
  const { access, history } = parts;
  const { app, listen } = await openStreams(config, context, parts, authenticator);
  app.onError(answerErrors(log));
  app.notFound(answerNotFound(app));
  const listener = await listen(createHttpServer(app, parts.watchers, parts.proxies));
  const admin = await parts.serves(async () => {
    try {
      access.requireCurrent();
    } catch (reason) {
      // A node that does not learn of bans gets no new streams. But while the store is away for all nodes, they serve live messages,
      // and streams wait: EventSource would give up for good on a proxy's answer that there is no node.
      if (await answers(history)) throw reason;
    }
  });
  log.info({ port: listener.port, admin: admin.port }, 'listens');
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
