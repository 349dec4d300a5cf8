import { preferredType } from '@carillon/protocol';
import { type Metric, Registry } from 'prom-client';

/** The media type in `Accept` of a scraper that reads OpenMetrics, such as Prometheus. */
const MEDIA_TYPE = 'application/openmetrics-text';

/** Metrics as text, and their `Content-Type`. */
export interface Exposition {
  text: string;
  contentType: string;
}

/**
 * Writes a registry in the format that a scraper asks for: OpenMetrics, the only format with exemplars, if `accept` prefers it;
 * else the Prometheus text format.
 */
export async function expose(registry: Registry, accept?: string): Promise<Exposition> {
  if (preferredType(accept, ['text/plain', MEDIA_TYPE]) !== MEDIA_TYPE)
    return { text: await registry.metrics(), contentType: registry.contentType };
  const copy = await openMetricsOf(registry);
  return { text: await copy.metrics(), contentType: copy.contentType };
}

/**
 * Returns a registry with the current metrics of the given one. Setting the content type of the given registry does not work: prom-client
 * then removes `_total` from the names of its counters permanently, and the next scrape of plain text gets them without it.
 */
async function openMetricsOf(registry: Registry) {
  const copy = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  copy.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const family of await registry.getMetricsAsJSON()) {
    const name = String(family.type) === 'counter' ? family.name.replace(/_total$/, '') : family.name;
    const metric = { ...family, name, get: async () => ({ ...family, name }) };
    // A registry that writes text uses only these fields of a metric.
    copy.registerMetric(metric as unknown as Metric);
  }
  return copy;
}
