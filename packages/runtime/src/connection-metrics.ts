import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How long a scrape waits for the store, ms: a working store answers within milliseconds, and Prometheus gives up after 10 s. */
const PING_WITHIN_MS = 1_000;

/** The uses of Redis. Each has its own connection, possibly to a different server. */
export type RedisUse = 'presence' | 'limits' | 'jobs';

interface Connected {
  readonly connected: boolean;
}

/** The connections of a process. Those that it does not have are undefined. */
export interface Connections {
  bus?: { readonly links: readonly (Connected & { readonly broker: string })[] };
  redis?: Partial<Record<RedisUse, Connected | undefined>>;
  history?: { ping(): Promise<unknown> };
}

/** Registers a gauge for each connection: 1 if it works. The store is pinged at each scrape; the others know their state. */
export function measureConnections(registry: Registry, { bus, redis = {}, history }: Connections): void {
  const registers = [registry];
  if (bus !== undefined) {
    new Gauge({
      name: 'carillon_bus_up',
      help: '1 while the broker is connected, 0 while it is not, for each configured bus',
      labelNames: ['bus'],
      registers,
      collect() {
        for (const { broker, connected } of bus.links) this.set({ bus: busLabel(broker) }, connected ? 1 : 0);
      },
    });
  }
  new Gauge({
    name: 'carillon_redis_up',
    help: '1 while Redis is connected and accepts writes, 0 while it is unreachable or read-only (a replica) or full, by use; absent if memory is used instead',
    labelNames: ['use'],
    registers,
    collect() {
      for (const [use, link] of Object.entries(redis)) if (link) this.set({ use }, link.connected ? 1 : 0);
    },
  });
  if (history !== undefined) {
    new Gauge({
      name: 'carillon_history_up',
      help: '1 if the store answers this scrape within a second, else 0',
      registers,
      async collect() {
        this.set((await answers(history)) ? 1 : 0);
      },
    });
  }
}

/** Call it once for each broker. Returns a function to call for each publish, with its duration in seconds and whether the broker accepted it. */
export type PublishObserver = (broker: string) => (seconds: number, taken: boolean) => void;

/** Registers the metrics of publishes. Returns the observer that counts them. */
export function measurePublishes(registry: Registry): PublishObserver {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'carillon_bus_publish_seconds',
    help: 'Time from passing an envelope to the bus until its broker acknowledges it',
    labelNames: ['bus'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5],
    registers,
  });
  const failures = new Counter({
    name: 'carillon_bus_publish_failures_total',
    help: 'Publishes that the broker did not accept; the relay repeats them',
    labelNames: ['bus'],
    registers,
  });
  return (broker) => {
    const bus = busLabel(broker);
    seconds.zero({ bus });
    failures.inc({ bus }, 0);
    return (took, taken) => {
      if (taken) seconds.observe({ bus }, took);
      else failures.inc({ bus });
    };
  };
}

/** Call it once for each broker. Returns a function to call with the reason and the number of records that were passed over. */
export type PassedOverObserver = (broker: string) => (reason: PassedOverReason, count: number) => void;

const PASSED_OVER_REASONS = ['unreadable', 'too-large'] as const;
export type PassedOverReason = (typeof PASSED_OVER_REASONS)[number];

/** Registers the counter of records that buses passed over. Returns the observer that counts them. */
export function measurePassedOver(registry: Registry): PassedOverObserver {
  const passedOver = new Counter({
    name: 'carillon_bus_passed_over_total',
    help: 'Records that could not be decoded, and events that a broker refuses as too large; the store has them',
    labelNames: ['bus', 'reason'],
    registers: [registry],
  });
  return (broker) => {
    const bus = busLabel(broker);
    for (const reason of PASSED_OVER_REASONS) passedOver.inc({ bus, reason }, 0);
    return (reason, count) => passedOver.inc({ bus, reason }, count);
  };
}

/** Registers the counter of refusals by rate limits. Returns a function to call with a limit's name and its number of refusals. */
export function measureLimits(registry: Registry): (limit: string, times: number) => void {
  const refused = new Counter({
    name: 'carillon_rate_limited_total',
    help: 'Posts, calls and streams that were refused by a rate limit, by limit',
    labelNames: ['limit'],
    registers: [registry],
  });
  return (limit, times) => refused.inc({ limit }, times);
}

const busLabel = (broker: string) => broker.toLowerCase();

async function answers(history: { ping(): Promise<unknown> }): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, PING_WITHIN_MS, false);
  });
  try {
    return await Promise.race([history.ping().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
