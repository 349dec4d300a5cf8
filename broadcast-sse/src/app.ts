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
import { systemClock } from './clock.ts';
import { EXPIRY_TICK_MS } from './expiry.ts';
import { guardStreams, mayRead } from './guard.ts';
import { HEARTBEAT_TICK_MS } from './heartbeat.ts';
import { Hub, type HubHistory } from './hub.ts';
import { measureHub, noRefusals } from './metrics.ts';
import type { StreamLimit } from './stream-limit.ts';
import { logStreams } from './stream-log.ts';
import { prefersPage, STREAM_TYPE } from './stream-or-page.ts';
import { streamTo } from './stream-route.ts';

/** How often the store is asked for the heads of all channels that are read here, ms: what a dead bus costs at most. */
const POLL_MS = 1_000;

/** What is logged where a node had other events than the store has. */
const REPLACED = {
  epoch: 'the store is another one: streams begin anew in it',
  ahead: 'the store has less than it had: their readers are told, and begin anew',
  other: 'the bus told of events that the store does not have: their readers are told, and begin anew',
} as const;

/** Seconds until it is worth to try again, as the calls say it. */
const RETRY_AFTER_AWAY = 1;

export interface BroadcastApp {
  app: HttpApp;
  hub: Hub;
  /** Sends every reader elsewhere, to return within `windowMs`, and stops. What it was given stays the caller's to close. */
  close(windowMs: number): Promise<void>;
}

/** The streams of one node. It reads the bus and the store from now on, until it is closed. */
export async function createBroadcastApp(parts: {
  history: HubHistory & Pick<History, 'tickets'>;
  bus: Bus;
  presence: Presence;
  /** Tells who reads. */
  authenticator: Authenticator;
  /** Tells what they may. */
  access: Access;
  /** Without it an address may open as many streams as it likes. */
  limit?: StreamLimit | undefined;
  /** A stream comes back at this age at the latest, ms. */
  maxAgeMs?: number | undefined;
  log: Log;
  registry: Registry;
  /** Where this process records traces. */
  tracing?: Tracing | undefined;
}): Promise<BroadcastApp> {
  const { history, bus, presence, authenticator, access, limit, maxAgeMs, log, registry, tracing } = parts;
  const tickets = createTickets(history.tickets);
  const check = mayRead(access);
  const hub = new Hub({
    history,
    clock: systemClock,
    presence,
    mayRead: check,
    maxAgeMs,
    watchers: {
      tracing,
      ended: logStreams(log),
      replaced: (reason, channels) => log.warn({ channels }, REPLACED[reason]),
    },
  });
  const guard = guardStreams(hub, access);
  const refusals = noRefusals();
  measureHub(hub, refusals, registry);
  const unsubscribe = await bus.subscribe(
    (channel, messages, traces) => hub.receive(channel, messages, traces),
    (channel) => hub.wants(channel),
  );
  const timers = [
    setInterval(() => {
      guard.retry();
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
    // First: who opens too many is to cost the store nothing.
    const ofAddress = await limit?.admit(incoming);
    const ticket = c.req.query('ticket');
    // HEAD opens no stream, and a ticket is for one.
    const identity = await (ticket === undefined || c.req.method === 'HEAD'
      ? authenticator.identify(incoming.headers)
      : tickets.redeem(ticket).catch(sayAway));
    try {
      await check(identity, channels.slice(0, MAX_CHANNELS_PER_STREAM));
    } catch (error) {
      // While the store is away the stream opens and waits for it: only then is it known whether it may go on.
      if (!(error instanceof HistoryUnavailable)) throw error;
    }
    const holderOf =
      ofAddress &&
      (() => {
        limit?.requireRoom(identity, hub.readers);
        return ofAddress();
      });
    return streamTo(hub, c, channels, { identity, holderOf });
  };
  const app = new Hono<HttpEnv>();
  app.get('/v1/stream', (c) => open(c, c.req.queries('channel') ?? []));
  app.get('/v1/channels/:channel/stream', (c) => open(c, [c.req.param('channel')]));
  // A channel is one URL: a browser gets the page from whoever serves it, anything else the stream.
  app.get('/c/:channel', (c, next) =>
    prefersPage(c.req.header('accept')) ? next() : open(c, [c.req.param('channel')]),
  );

  return {
    app,
    hub,
    close: async (windowMs) => {
      for (const timer of timers) clearInterval(timer);
      guard.stop();
      await hub.drain(windowMs);
      await unsubscribe();
    },
  };
}

/** Who has a ticket is nobody yet while the store cannot tell: here alone a stream is refused for its sake. */
function sayAway(error: unknown): never {
  if (!(error instanceof HistoryUnavailable)) throw error;
  throw new Problem('history_away', 'The ticket cannot be looked at now. Try again with another.', {
    retryAfter: RETRY_AFTER_AWAY,
  });
}

/** Says once that the store is away, and once that it is back. */
async function poll(hub: Hub, log: Log): Promise<void> {
  const wasAway = hub.historyAway;
  await hub.poll();
  if (hub.historyAway === wasAway) return;
  if (hub.historyAway) log.warn('the store is away: streams wait for it');
  else log.info('the store is back');
}
