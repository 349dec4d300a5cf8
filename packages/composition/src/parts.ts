import { type Access, type CreateChannels, openAccess } from '@carillon/access';
import type { Bus } from '@carillon/bus';
import type { History } from '@carillon/history';
import type { TrustedProxies, Watchers } from '@carillon/http';
import { type Jobs, openJobs } from '@carillon/jobs';
import { type Limits, openLimits } from '@carillon/limits';
import { openPresence, type Presence } from '@carillon/presence';
import {
  type Admin,
  createMetrics,
  measureAnswers,
  measureConnections,
  measureLimits,
  type OpenTracing,
  openTracing,
  type ProxyConfig,
  type ServiceContext,
  type TracingConfig,
  trustedProxiesOf,
} from '@carillon/runtime';
import type { Registry } from 'prom-client';
import { type AdminOpening, openAdmin } from './admin.ts';
import { openStoreAndBus, type StoreAndBusConfig, type StoreAndBusOptions } from './store-and-bus.ts';

/** The variables that chat-service, broadcast-sse and standalone have in common. */
export interface PartsConfig extends StoreAndBusConfig, ProxyConfig, TracingConfig {
  ADMIN_PORT: number;
  PRESENCE_URL: string;
  /** Unset if no worker runs. */
  JOBS_URL?: string | undefined;
  CREATE_CHANNELS: CreateChannels;
  RATE_LIMIT: boolean;
}

/** What differs between the services. */
export interface PartsOptions extends StoreAndBusOptions {
  admin?: AdminOpening | undefined;
  /** See {@link createMetrics}. */
  rests?: boolean | undefined;
}

/** What chat-service, broadcast-sse and standalone consist of. All of it is recorded in the scope that it was opened with. */
export interface Parts {
  readonly registry: Registry;
  /** Undefined if no traces are recorded. */
  readonly tracing: OpenTracing | undefined;
  /** Undefined if no proxy is trusted. */
  readonly proxies: TrustedProxies | undefined;
  /** For the HTTP server: request log, traces, and counts of answers. */
  readonly watchers: Watchers;
  readonly history: History;
  readonly bus: Bus;
  readonly access: Access;
  readonly presence: Presence;
  /** For `/checks`: presence, if it is on Redis; undefined if it is in memory. */
  readonly redis: Presence | undefined;
  /** The counters that all nodes share; undefined if RATE_LIMIT is off. */
  readonly limits: Limits | undefined;
  /** Undefined if no worker runs. */
  readonly jobs: Jobs | undefined;
  /**
   * Reports that the process serves from now on; see {@link OpenAdmin.serves}.
   *
   * @param ready if not given, the process is ready while its access rules are current and the store answers
   */
  serves(ready?: () => Promise<void>): Promise<Admin>;
}

/**
 * Opens what chat-service, broadcast-sse and standalone consist of, in this order: metrics and the admin port, tracing, store, bus,
 * limits, presence, access, jobs. Each is recorded in the scope as soon as it is open. If the next cannot be opened, closing the scope
 * closes those before it. The scope closes in reverse.
 *
 * @throws ConfigError if variables contradict each other, before anything is opened; and whatever {@link openStoreAndBus} and
 * {@link openAdmin} throw
 */
export async function openParts(
  config: PartsConfig,
  context: ServiceContext,
  options: PartsOptions = {},
): Promise<Parts> {
  const { service, log, scope } = context;
  const proxies = trustedProxiesOf(config);
  const registry = createMetrics({ rests: options.rests ?? false });
  const admin = await openAdmin(config, context, registry, options.admin);
  const tracing = await openTracing(service, config, log);
  scope.defer(() => tracing?.close());
  const { history, bus } = await openStoreAndBus(config, context, registry, options);

  const ca = config.TLS_CA_FILE;
  const refused = measureLimits(registry);
  const limits = config.RATE_LIMIT ? openLimits(config.PRESENCE_URL, { ca, log, refused }) : undefined;
  scope.defer(() => limits?.close());
  const presence = scope.adopt(openPresence(config.PRESENCE_URL, { ca, log }), (it) => it.close());
  const { CREATE_CHANNELS: createChannels } = config;
  const access = scope.adopt(openAccess(history.access, { log, createChannels }), (it) => it.close());
  const jobs = config.JOBS_URL === undefined ? undefined : await openJobs(config.JOBS_URL, { ca, log });
  scope.defer(() => jobs?.close());

  const redis = config.PRESENCE_URL.startsWith('redis') ? presence : undefined;
  measureConnections(registry, {
    bus,
    redis: { jobs, ...(redis && { presence, limits }) },
    history,
  });
  const ready = async () => {
    access.requireCurrent();
    await history.ping();
  };
  const watchers = { log, tracing, onAnswered: measureAnswers(registry) };
  return {
    registry,
    tracing,
    proxies,
    watchers,
    history,
    bus,
    access,
    presence,
    redis,
    limits,
    jobs,
    serves: (itself = ready) => admin.serves(itself),
  };
}
