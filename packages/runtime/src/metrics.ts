import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of its own for one process, with what is known of every process: CPU, memory, event loop, collector. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'carillon_' });
  return registry;
}
