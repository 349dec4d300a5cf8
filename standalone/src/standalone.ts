import { isIPv6 } from 'node:net';
import { fileURLToPath } from 'node:url';
import { openAuthenticator } from '@carillon/auth';
import { openStreams } from '@carillon/broadcast-sse';
import { type CheckedParts, openChat, startRetention } from '@carillon/chat-service';
import { openParts } from '@carillon/composition';
import { measureBot, startBot } from '@carillon/hello-bot';
import { answerErrors, answerNotFound, createHttpServer, type HttpEnv } from '@carillon/http';
import { authOf, retentionOf, type ServiceContext, signInOf } from '@carillon/runtime';
import { Hono } from 'hono';
import { compressed } from './compressed.ts';
import type { StandaloneConfig } from './config.ts';
import { type EmbeddedBus, openEmbeddedBus } from './embedded-bus.ts';
import { createPage } from './page.ts';
import { sessionSecret } from './session-secret.ts';

const PAGE = fileURLToPath(new URL('../../client/page/dist', import.meta.url));

const ADMIN_HOST = '127.0.0.1';

/** The author of `Hello world`. */
const BOT = { id: 'hello-bot', name: 'hello-bot' };

export interface Standalone {
  port: number;
  adminPort: number;
  /** The port of the embedded broker; undefined if BUS_URL is set. */
  mqttPort: number | undefined;
}

/**
 * Starts all of Carillon in this process, on one origin: the same apps that run as services of their own elsewhere. It stops when the
 * scope of `context` is closed.
 *
 * @throws ConfigError if the environment cannot be used
 */
export async function startStandalone(
  config: StandaloneConfig,
  context: ServiceContext,
): Promise<Standalone> {
  const { log, scope } = context;
  const signIn = signInOf(config, log);
  let embedded: EmbeddedBus | undefined;
  const parts = await openParts(withStore(config), context, {
    publishes: true,
    rests: true,
    // So that a second process on the same data reports that the data is in use, and not this port.
    admin: { host: ADMIN_HOST, opens: 'when-ready' },
    ...(config.HISTORY_URL === undefined && { storeVariable: 'DATA_DIR' }),
    ...(config.BUS_URL === undefined && {
      openBus: async (options) => {
        embedded = scope.adopt(await openEmbeddedBus(config.MQTT_PORT, options), (it) => it.close());
        return embedded.bus;
      },
    }),
  });
  // After the store: if the directory holds something else, nothing is written to it.
  const SESSION_SECRET = config.SESSION_SECRET ?? sessionSecret(config.DATA_DIR);
  const auth = openAuthenticator({ ...authOf({ ...config, SESSION_SECRET }, log), signIn });
  const chat = openChat(config, context, parts, {
    auth,
    checks: { embedded: embeddedParts(config), streams: () => [origin()] },
  });
  const bounds = retentionOf(config);
  if (bounds !== undefined)
    scope.adopt(startRetention(parts.history, bounds, log), (retention) => retention.close());
  const streams = await openStreams(config, context, parts, auth);

  const app = new Hono<HttpEnv>();
  app.route('/', chat.app);
  app.route('/', streams.app);
  app.route('/', createPage(PAGE));
  app.onError(answerErrors(log));
  app.notFound(answerNotFound(app));

  const listener = await streams.listen(createHttpServer(compressed(app), parts.watchers, parts.proxies));
  const origin = () => originOf(config, listener.port);
  const admin = await parts.serves();
  const channel = config.HELLO_CHANNEL;
  // The bot is part of this process, so it may post whatever the access rules say.
  const token = () =>
    auth.services.issue({ author: BOT, grants: { subscribe: [], publish: [channel], moderate: [] } });
  if (config.HELLO_BOT) {
    const bot = scope.adopt(startBot({ url: origin(), channel, token, log }), (it) => it.stop());
    measureBot(bot, parts.registry);
  }
  return { port: listener.port, adminPort: admin.port, mqttPort: embedded?.mqttPort };
}

/** The configuration with the embedded store and bus, if no others are named. */
function withStore(config: StandaloneConfig) {
  const { HISTORY_URL, BUS_URL = 'memory:', DATA_DIR } = config;
  return { ...config, HISTORY_URL: HISTORY_URL ?? `sqlite:${encodeURI(DATA_DIR)}`, BUS_URL };
}

/** Returns the URL at which this process reaches itself. */
function originOf({ HOST: host = '127.0.0.1' }: StandaloneConfig, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function embeddedParts({ HISTORY_URL, BUS_URL }: StandaloneConfig): NonNullable<CheckedParts['embedded']> {
  const store = HISTORY_URL === undefined || HISTORY_URL.startsWith('sqlite:');
  return [
    'proxy',
    ...(store ? (['store'] as const) : []),
    ...(BUS_URL === undefined ? (['bus'] as const) : []),
  ];
}
