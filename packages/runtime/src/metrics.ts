import { readFileSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { z } from 'zod';

/** The event loop is looked at so often, ms. Of a process that mostly rests this is most of what it does. */
const LOOKED_AT_EVERY_MS = 10;
const LOOKED_AT_EVERY_MS_AT_REST = 100;

/**
 * A registry of its own for one process, with what is known of every process: CPU, memory, event loop, collector. `rests`: it mostly
 * does nothing, and is to take next to nothing then.
 */
export function createMetrics({ rests = false } = {}): Registry {
  const registry = new Registry();
  collectDefaultMetrics({
    register: registry,
    prefix: 'carillon_',
    eventLoopMonitoringPrecision: rests ? LOOKED_AT_EVERY_MS_AT_REST : LOOKED_AT_EVERY_MS,
  });
  // To count these at a scrape, each of a node's thousands of connections is looked at.
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

/** A counter or gauge whose number somebody else keeps: it is read when somebody scrapes. */
export interface Figure {
  name: string;
  help: string;
  read(): number;
}

/** Shows figures that only grow. */
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

/** Shows figures that rise and fall. */
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

/** Counts by one label whose values are a closed list: each of them is shown from the start, so that a rate has a beginning. */
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

/** A count of 0 for each of these. */
export function zeroEach<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
