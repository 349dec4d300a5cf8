import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the metrics of the process itself (CPU, memory, event loop delay). */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'carillon_' });
  return registry;
}
