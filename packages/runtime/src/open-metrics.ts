import { preferredType } from '@carillon/protocol';
import { type Metric, Registry } from 'prom-client';

/** What a scraper names in `Accept` that reads OpenMetrics: Prometheus does. */
const MEDIA_TYPE = 'application/openmetrics-text';

/** Metrics as text, and the `Content-Type` of it. */
export interface Exposition {
  text: string;
  contentType: string;
}

/**
 * Writes a registry in the format that a scraper asks for: OpenMetrics, which alone has exemplars, where `accept` prefers it;
 * else Prometheus' own text.
 */
export async function expose(registry: Registry, accept?: string): Promise<Exposition> {
  if (preferredType(accept, ['text/plain', MEDIA_TYPE]) !== MEDIA_TYPE)
    return { text: await registry.metrics(), contentType: registry.contentType };
  const copy = await openMetricsOf(registry);
  return { text: await copy.metrics(), contentType: copy.contentType };
}

/**
 * A registry with what the given one holds now. Its own content type could be set, but then prom-client takes `_total` from the
 * names of its counters for good, and the next scrape that wants plain text gets them without.
 */
async function openMetricsOf(registry: Registry) {
  const copy = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  copy.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const family of await registry.getMetricsAsJSON()) {
    const name = String(family.type) === 'counter' ? family.name.replace(/_total$/, '') : family.name;
    const told = { ...family, name, get: async () => ({ ...family, name }) };
    // Of a metric a registry that writes text asks no more than this.
    copy.registerMetric(told as unknown as Metric);
  }
  return copy;
}
