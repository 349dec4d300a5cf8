import { type Bus, type BusOptions, openBus } from '@carillon/bus';
import { type History, reachHistory } from '@carillon/history';
import { ConfigError, measurePassedOver, measurePublishes, type ServiceContext } from '@carillon/runtime';
import type { Registry } from 'prom-client';

/** The variables by which a process finds the store and the bus. */
export interface StoreAndBusConfig {
  HISTORY_URL: string;
  BUS_URL: string;
  TOPICS_PREFIX: string;
  /** PEM. */
  TLS_CA_FILE?: string | undefined;
}

/** What differs between the services. */
export interface StoreAndBusOptions {
  /** Whether this process publishes: then its publishes are measured. */
  publishes?: boolean | undefined;
  /** Kafka only: see {@link BusOptions.group}. */
  group?: string | undefined;
  /** The variable that a store that cannot be served is a fault of; `HISTORY_URL` where not given. */
  storeVariable?: string | undefined;
  /** Opens the bus in place of `openBus`; what it opens it records in the scope. */
  openBus?: ((options: BusOptions) => Promise<Bus>) | undefined;
}

/**
 * Opens the store and then the bus, and records both in the scope. It waits for a store that is away and says so once in the log; it
 * never waits for a broker.
 *
 * @throws ConfigError where the store is none of this Carillon's, DirectoryInUse where another process has it, AbortError
 * where the process is told to stop meanwhile
 */
export async function openStoreAndBus(
  config: StoreAndBusConfig,
  { log, scope, stopping: signal }: ServiceContext,
  registry: Registry,
  { publishes = false, group, storeVariable = 'HISTORY_URL', openBus: open }: StoreAndBusOptions = {},
): Promise<{ history: History; bus: Bus }> {
  const ca = config.TLS_CA_FILE;
  const history = await reachHistory(config.HISTORY_URL, {
    ca,
    onAway: (err) => log.warn({ err }, 'the store is away: waiting for it'),
    unfit: (why) => new ConfigError([`${storeVariable}: ${why}`]),
    signal,
  });
  scope.defer(() => history.close());
  const options: BusOptions = {
    ca,
    topicsPrefix: config.TOPICS_PREFIX,
    group,
    log,
    observe: publishes ? measurePublishes(registry) : undefined,
    passedOver: measurePassedOver(registry),
  };
  if (open !== undefined) return { history, bus: await open(options) };
  const bus = await openBus(config.BUS_URL, options);
  scope.defer(() => bus.close());
  return { history, bus };
}
