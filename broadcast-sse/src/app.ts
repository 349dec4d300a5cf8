import type { Access } from '@carillon/access';
import { type Authenticator, createTickets } from '@carillon/auth';
import type { Bus } from '@carillon/bus';
import { type History, HistoryUnavailable } from '@carillon/history';
import type { HttpApp, HttpEnv } from '@carillon/http';
import type { Presence } from '@carillon/presence';
import { MAX_CHANNELS_PER_STREAM, Problem, refusesType, type Tracing } from '@carillon/protocol';
import type { Log } from '@carillon/runtime';
import { type Context, Hono } from 'hono';
import type { Registry } from 'prom-client';
import { watchAccess } from './access-watch.ts';
import { systemClock } from './clock.ts';
import { EXPIRY_TICK_MS } from './expiry.ts';
import { HEARTBEAT_TICK_MS } from './heartbeat.ts';
import { Hub, type HubHistory } from './hub.ts';
import { measureHub, noRefusals } from './metrics.ts';
import { readPolicy } from './read-policy.ts';
import type { StreamLimit } from './stream-limit.ts';
import { logStreams } from './stream-log.ts';
import { prefersPage, STREAM_TYPE } from './stream-or-page.ts';
import { streamTo } from './stream-route.ts';

/** How often the store is asked for the heads of all channels that are read here, ms: what a dead bus costs at most. */
const POLL_MS = 1_000;

/** What is logged if a node had other events than the store has. */
const REPLACED = {
  epoch: 'the store is another one: streams begin anew in it',
  ahead: 'the store has less than it had: their readers are told, and begin anew',
  other: 'the bus told of events that the store does not have: their readers are told, and begin anew',
} as const;

/** `Retry-After` while the store is away, seconds; chat-service says the same. */
const RETRY_AFTER_AWAY = 1;

/** A node's streams, to be mounted on an HTTP server. */
export interface BroadcastApp {
  app: HttpApp;
  hub: Hub;
  /** Ends all streams, whose clients reconnect within `windowMs`, and stops. The caller closes the parts that it gave. */
  close(windowMs: number): Promise<void>;
}

/** Opens the streams of a node. It reads the bus and the store from now on, until it is closed. Throws what the bus throws. */
export async function createBroadcastApp(parts: {
  history: HubHistory & Pick<History, 'tickets'>;
  bus: Bus;
  presence: Presence;
  /** Identifies readers. */
  authenticator: Authenticator;
  /** Knows what readers may read. */
  access: Access;
  /** Without it the streams of an address are not limited. */
  limit?: StreamLimit | undefined;
  /** Maximum age of a stream, ms: then its client resumes. */
  maxAgeMs?: number | undefined;
  log: Log;
  registry: Registry;
  /** Records the traces of this process. */
  tracing?: Tracing | undefined;
}): Promise<BroadcastApp> {
  const { history, bus, presence, authenticator, access, limit, maxAgeMs, log, registry, tracing } = parts;
  const tickets = createTickets(history.tickets);
  const requireReadable = readPolicy(access);
  const hub = new Hub({
    history,
    clock: systemClock,
    presence,
    requireReadable,
    maxAgeMs,
    watchers: {
      tracing,
      ended: logStreams(log),
      replaced: (reason, channels) => log.warn({ channels }, REPLACED[reason]),
    },
  });
  const watch = watchAccess(hub, access);
  const refusals = noRefusals();
  measureHub(hub, refusals, registry);
  const unsubscribe = await bus.subscribe(
    (channel, messages, traces) => hub.receive(channel, messages, traces),
    (channel) => hub.wants(channel),
  );
  const timers = [
    setInterval(() => {
      watch.retry();
      void poll(hub, log);
    }, POLL_MS),
    setInterval(() => hub.heartbeat(), HEARTBEAT_TICK_MS),
    setInterval(() => void hub.endExpired(), EXPIRY_TICK_MS),
  ];

  const open = async (c: Context<HttpEnv>, channels: readonly string[]) => {
    try {
      return await openStreamOf(c, channels);
    } catch (error) {
      if (error instanceof Problem) refusals[error.code] = (refusals[error.code] ?? 0) + 1;
      throw error;
    }
  };
  const openStreamOf = async (c: Context<HttpEnv>, channels: readonly string[]) => {
    const { incoming } = c.env;
    if (refusesType(incoming.headers.accept, STREAM_TYPE)) {
      throw new Problem('not_acceptable', `A stream is ${STREAM_TYPE}, and Accept refuses that.`);
    }
    // First, so that an address that opens too many costs the store nothing.
    const quotaOfAddress = await limit?.admit(incoming);
    const ticket = c.req.query('ticket');
    // HEAD opens no stream, so it must not use up the ticket.
    const identity = await (ticket === undefined || c.req.method === 'HEAD'
      ? authenticator.identify(incoming.headers)
      : tickets.redeem(ticket).catch(refuseWhileAway));
    try {
      await requireReadable(identity, channels.slice(0, MAX_CHANNELS_PER_STREAM));
    } catch (error) {
      // While the store is away the stream opens and waits: the store then tells whether it may begin.
      if (!(error instanceof HistoryUnavailable)) throw error;
    }
    const quotaOf =
      quotaOfAddress &&
      (() => {
        limit?.requireRoom(identity, hub.streamsByPerson);
        return quotaOfAddress();
      });
    return streamTo(hub, c, channels, { identity, quotaOf });
  };
  const app = new Hono<HttpEnv>();
  app.get('/v1/stream', (c) => open(c, c.req.queries('channel') ?? []));
  app.get('/v1/channels/:channel/stream', (c) => open(c, [c.req.param('channel')]));
  // A channel has a single URL: a browser gets the page from the app that serves it, other clients get the stream.
  app.get('/c/:channel', (c, next) =>
    prefersPage(c.req.header('accept')) ? next() : open(c, [c.req.param('channel')]),
  );

  return {
    app,
    hub,
    close: async (windowMs) => {
      for (const timer of timers) clearInterval(timer);
      watch.stop();
      await hub.drain(windowMs);
      await unsubscribe();
    },
  };
}

/** A ticket's identity is unknown while the store is away: the only case in which that refuses a stream. */
function refuseWhileAway(error: unknown): never {
  if (!(error instanceof HistoryUnavailable)) throw error;
  throw new Problem('history_away', 'The ticket cannot be looked at now. Try again with another.', {
    retryAfter: RETRY_AFTER_AWAY,
  });
}

/** Asks the store for heads, and logs when it goes away and when it is back. */
async function poll(hub: Hub, log: Log): Promise<void> {
  const wasAway = hub.historyAway;
  await hub.poll();
  if (hub.historyAway === wasAway) return;
  if (hub.historyAway) log.warn('the store is away: streams wait for it');
  else log.info('the store is back');
}
