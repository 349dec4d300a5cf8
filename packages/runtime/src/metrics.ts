import { readFileSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { z } from 'zod';

/** How often the event loop's delay is sampled, ms. In an idle process, sampling is most of its work. */
const SAMPLE_EVERY_MS = 10;
const SAMPLE_EVERY_MS_AT_REST = 100;

/**
 * Creates the registry of a process, with the metrics that every process has: CPU, memory, event loop, garbage collector. Set `rests`
 * for a process that is mostly idle and must use almost no CPU then.
 */
export function createMetrics({ rests = false } = {}): Registry {
  const registry = new Registry();
  collectDefaultMetrics({
    register: registry,
    prefix: 'carillon_',
    eventLoopMonitoringPrecision: rests ? SAMPLE_EVERY_MS_AT_REST : SAMPLE_EVERY_MS,
  });
  // Counting these would visit each of a node's thousands of connections at each scrape.
  for (const what of ['handles', 'requests', 'resources']) {
    registry.removeSingleMetric(`carillon_nodejs_active_${what}`);
    registry.removeSingleMetric(`carillon_nodejs_active_${what}_total`);
  }
  new Gauge({
    name: 'carillon_build_info',
    help: 'Always 1; its labels are the versions of Carillon and of Node',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: VERSION, node: process.version }, 1);
  return registry;
}

const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

/** A counter or gauge whose value is kept elsewhere and read at each scrape. */
export interface Figure {
  name: string;
  help: string;
  read(): number;
}

/** Registers counters: values that only grow. */
export function registerCounters(registry: Registry, figures: readonly Figure[]): void {
  for (const { name, help, read } of figures) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}

/** Registers gauges: values that rise and fall. */
export function registerGauges(registry: Registry, figures: readonly Figure[]): void {
  for (const { name, help, read } of figures) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}

/** Registers a counter with one label from a closed list. Every value is exported from the start, so that a rate has a first sample. */
export function registerCountsBy<Label extends string>(
  registry: Registry,
  { name, help, label }: { name: string; help: string; label: Label },
  read: () => Readonly<Record<string, number>>,
): void {
  new Counter<string>({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
    },
  });
}

/** Returns a record with a count of 0 for each of these keys. */
export function zeroEach<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
