import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What became of a post. Closed, like every label here: none grows with channels or callers. */
export type PostOutcome =
  | 'created'
  | 'repeated'
  | 'conflict'
  | 'refused'
  | 'limited'
  | 'busy'
  | 'away'
  | 'unknown'
  | 'failed';

/** What the chat service counts, on the registry of the process. */
export interface ChatMetrics {
  posts: Record<PostOutcome, { inc(): void }>;
  batchSize: Histogram;
  batchSeconds: Histogram;
  publishFailures: Counter;
  relayBacklog: Gauge;
  indexed: Counter;
  indexSeconds: Histogram;
  indexBacklog: Gauge;
}

/** Registers the chat service's metrics; once for each registry. */
export function createChatMetrics(registry: Registry): ChatMetrics {
  const registers = [registry];
  const posts = new Counter({
    name: 'carillon_posts_total',
    help: 'Posts by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const outcome = (name: PostOutcome) => posts.labels(name);
  return {
    posts: {
      created: outcome('created'),
      repeated: outcome('repeated'),
      conflict: outcome('conflict'),
      refused: outcome('refused'),
      limited: outcome('limited'),
      busy: outcome('busy'),
      away: outcome('away'),
      unknown: outcome('unknown'),
      failed: outcome('failed'),
    },
    batchSize: new Histogram({
      name: 'carillon_commit_batch_messages',
      help: 'Messages committed in one transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'carillon_commit_seconds',
      help: 'Time to commit one transaction',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    publishFailures: new Counter({
      name: 'carillon_bus_publish_failures_total',
      help: 'Publishes that the bus did not take; the relay repeats them',
      registers,
    }),
    relayBacklog: new Gauge({
      name: 'carillon_relay_backlog_messages',
      help: 'Messages committed that the relay waits to publish',
      registers,
    }),
    indexed: new Counter({
      name: 'carillon_search_indexed_total',
      help: 'Messages put into the full-text index, edited ones again',
      registers,
    }),
    indexSeconds: new Histogram({
      name: 'carillon_search_index_seconds',
      help: 'Time to index one batch of messages',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    indexBacklog: new Gauge({
      name: 'carillon_search_backlog_events',
      help: 'Events that are still to be indexed in the channels looked at last',
      registers,
    }),
  };
}
