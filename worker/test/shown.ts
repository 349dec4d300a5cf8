import type { Registry } from 'prom-client';

/** What a scrape shows of a metric, by its labels as they are written. */
export async function shown(registry: Registry, name: string): Promise<Record<string, number>> {
  const text = await registry.getSingleMetricAsString(name);
  const lines = [...text.matchAll(/^\w+(?:\{(.*)\})? (\S+)$/gm)];
  return Object.fromEntries(lines.map(([, labels = '', value]) => [labels, Number(value)]));
}
