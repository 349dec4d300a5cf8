import { type Bus, type BusOptions, openBus } from '@carillon/bus';
import { type History, reachHistory } from '@carillon/history';
import { ConfigError, measurePassedOver, measurePublishes, type ServiceContext } from '@carillon/runtime';
import type { Registry } from 'prom-client';

/** The variables of the store and the bus. */
export interface StoreAndBusConfig {
  HISTORY_URL: string;
  BUS_URL: string;
  TOPICS_PREFIX: string;
  /** Certificate authorities that are trusted besides the system's, PEM. */
  TLS_CA_FILE?: string | undefined;
}

/** What differs between the services. */
export interface StoreAndBusOptions {
  /** Whether this process publishes; if so, publishes are measured. Off if not given. */
  publishes?: boolean | undefined;
  /** Kafka only: see {@link BusOptions.group}. */
  group?: string | undefined;
  /** The variable that a ConfigError names if the store cannot be used; `HISTORY_URL` if not given. */
  storeVariable?: string | undefined;
  /** Opens the bus instead of BUS_URL, and records it in the scope itself. */
  openBus?: ((options: BusOptions) => Promise<Bus>) | undefined;
}

/**
 * Opens the store and then the bus, and records both in the scope. If the store is unavailable, it logs that once and waits. It never waits
 * for a broker. The client of a broker is loaded only if a URL names it.
 *
 * @throws ConfigError if the store does not belong to this version of Carillon, DirectoryInUse if another process has it open,
 * AbortError if the process gets a stop signal while it waits
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
    onAway: (err) => log.warn({ err }, 'the store is unavailable: waiting for it'),
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
