import { isIPv6 } from 'node:net';
import { fileURLToPath } from 'node:url';
import { openAccess } from '@carillon/access';
import { openAuthenticator } from '@carillon/auth';
import { createBroadcastApp, listenForStreams, StreamLimit } from '@carillon/broadcast-sse';
import { openBus } from '@carillon/bus';
import {
  type CheckedParts,
  createChatApp,
  createRequestLimits,
  startRetention,
} from '@carillon/chat-service';
import { measureBot, startBot } from '@carillon/hello-bot';
import { type History, reachHistory } from '@carillon/history';
import { answerErrors, answerNotFound, createHttpServer, type HttpEnv } from '@carillon/http';
import { openLimits } from '@carillon/limits';
import { openPresence } from '@carillon/presence';
import {
  authOf,
  ConfigError,
  createMetrics,
  type Log,
  measureAnswers,
  measureConnections,
  measureLimits,
  measurePassedOver,
  measurePublishes,
  openTracing,
  retentionOf,
  serveAdmin,
  signInOf,
  trustedProxiesOf,
} from '@carillon/runtime';
import { Hono } from 'hono';
import { compressed } from './compressed.ts';
import type { StandaloneConfig } from './config.ts';
import { openEmbeddedBus } from './embedded-bus.ts';
import { createPage } from './page.ts';
import { sessionSecret } from './session-secret.ts';

const PAGE = fileURLToPath(new URL('../../client/page/dist', import.meta.url));

const ADMIN_HOST = '127.0.0.1';

/** Who says `Hello world`. */
const BOT = { id: 'hello-bot', name: 'hello-bot' };

export interface Standalone {
  port: number;
  adminPort: number;
  close(): Promise<void>;
  /** The embedded broker's; undefined where BUS_URL names another. */
  mqttPort: number | undefined;
}

/** Starts all of Carillon in this process, on one origin: the same apps that run as services of their own elsewhere. */
export async function startStandalone(
  config: StandaloneConfig,
  log: Log,
  stopping?: AbortSignal,
): Promise<Standalone> {
  const signIn = signInOf(config, log);
  const proxies = trustedProxiesOf(config);
  // Before anything is made beside it: a directory that holds something else is left as it is.
  const history = await openStore(config, log, stopping);
  const SESSION_SECRET = config.SESSION_SECRET ?? sessionSecret(config.DATA_DIR);
  const auth = openAuthenticator({ ...authOf({ ...config, SESSION_SECRET }, log), signIn });
  const registry = createMetrics({ rests: true });
  const tracing = await openTracing('standalone', config, log);
  const ca = config.TLS_CA_FILE;
  const busOptions = {
    ca,
    topicsPrefix: config.TOPICS_PREFIX,
    log,
    observe: measurePublishes(registry),
    passedOver: measurePassedOver(registry),
  };
  const embedded =
    config.BUS_URL === undefined ? await openEmbeddedBus(config.MQTT_PORT, busOptions) : undefined;
  const bus = embedded?.bus ?? (await openBus(config.BUS_URL ?? 'memory:', busOptions));
  const access = openAccess(history.access, { log, createChannels: config.CREATE_CHANNELS });
  const presence = openPresence(config.PRESENCE_URL, { ca, log });
  const refused = measureLimits(registry);
  const limits = config.RATE_LIMIT ? openLimits(config.PRESENCE_URL, { ca, log, refused }) : undefined;
  const redis = config.PRESENCE_URL.startsWith('redis') ? { presence, limits } : {};
  measureConnections(registry, { bus, redis, history });
  const limit =
    limits && new StreamLimit(limits, config.STREAMS_PER_ADDRESS, proxies, config.STREAMS_PER_PERSON);
  const chat = createChatApp({
    history,
    bus,
    presence,
    auth,
    access,
    limits: createRequestLimits(limits, config, proxies),
    proxies,
    checks: {
      embedded: embeddedParts(config),
      streams: () => [origin()],
      redis: config.PRESENCE_URL.startsWith('redis') ? presence : undefined,
    },
    adminToken: config.ADMIN_TOKEN,
    log,
    tracing,
    registry,
  });
  const broadcast = await createBroadcastApp({
    history,
    bus,
    presence,
    authenticator: auth,
    access,
    limit,
    maxAgeMs: config.STREAM_MAX_AGE_SECONDS * 1_000,
    log,
    tracing,
    registry,
  });
  const bounds = retentionOf(config);
  const retention = bounds && startRetention(history, bounds, log);

  const app = new Hono<HttpEnv>();
  app.route('/', chat.app);
  app.route('/', broadcast.app);
  app.route('/', createPage(PAGE));
  app.onError(answerErrors(log));
  app.notFound(answerNotFound(app));

  const listener = await listenForStreams(
    createHttpServer(compressed(app), { log, tracing, onAnswered: measureAnswers(registry) }, proxies),
    {
      port: config.PORT,
      ...(config.HOST === undefined ? {} : { host: config.HOST }),
    },
  );
  const origin = () => originOf(config, listener.port);
  const admin = await serveAdmin({
    port: config.ADMIN_PORT,
    host: ADMIN_HOST,
    registry,
    ready: async () => {
      access.requireCurrent();
      await history.ping();
    },
    log,
  });
  const channel = config.HELLO_CHANNEL;
  // The bot is a part of this process, and may speak whoever else may.
  const token = () =>
    auth.services.issue({ author: BOT, grants: { subscribe: [], publish: [channel], moderate: [] } });
  const bot = config.HELLO_BOT ? startBot({ url: origin(), channel, token, log }) : undefined;
  if (bot !== undefined) measureBot(bot, registry);

  return {
    port: listener.port,
    adminPort: admin.port,
    mqttPort: embedded?.mqttPort,
    async close() {
      await bot?.stop();
      const closed = listener.close();
      await broadcast.close(config.DRAIN_SECONDS * 1_000);
      await closed;
      await retention?.close();
      await chat.close();
      await access.close();
      await presence.close();
      await limits?.close();
      await (embedded ?? bus).close();
      await history.close();
      await tracing?.close();
      await admin.close();
    },
  };
}

/** Opens the store, and waits for one that is away. What can never be served is a fault of the configuration. */
function openStore(
  { HISTORY_URL, DATA_DIR, TLS_CA_FILE: ca }: StandaloneConfig,
  log: Log,
  signal: AbortSignal | undefined,
): Promise<History> {
  const name = HISTORY_URL === undefined ? 'DATA_DIR' : 'HISTORY_URL';
  return reachHistory(HISTORY_URL ?? `sqlite:${encodeURI(DATA_DIR)}`, {
    ca,
    onAway: (err) => log.warn({ err }, 'the store is away: waiting for it'),
    unfit: (why) => new ConfigError([`${name}: ${why}`]),
    ...(signal && { signal }),
  });
}

/** Where this process reaches itself. */
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
