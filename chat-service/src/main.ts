/** The chat service as a process of its own. */
import { once } from 'node:events';
import { openAuthenticator } from '@carillon/auth';
import { openParts } from '@carillon/composition';
import { closeHttpServer, createHttpServer } from '@carillon/http';
import { authOf, runService, signInOf } from '@carillon/runtime';
import { chatConfig } from './config.ts';
import { openChat } from './open.ts';

runService('chat-service', chatConfig, async (config, context) => {
  const { log, scope } = context;
  const auth = openAuthenticator({ ...authOf(config, log), signIn: signInOf(config, log) });
  const parts = await openParts(config, context, { publishes: true });
  const chat = openChat(config, context, parts, {
    auth,
    checks: {
      streams: () => config.STREAMS_URL,
      embedded: config.HISTORY_URL.startsWith('sqlite:') ? ['store'] : [],
    },
  });
  const server = createHttpServer(chat.app, parts.watchers, parts.proxies).listen(config.PORT);
  await once(server, 'listening');
  scope.defer(() => closeHttpServer(server));
  const admin = await parts.serves();
  log.info({ address: server.address(), admin: admin.port }, 'listens');
});
