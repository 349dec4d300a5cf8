import type { GroupCommit } from '@carillon/history';
import {
  Distribution,
  registerCountsBy,
  registerDistribution,
  registerGauges,
  zeroEach,
} from '@carillon/runtime';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { RelayState } from './relay.ts';

/** The outcomes of a post. The list is closed, like every label here: no label grows with channels or callers. */
export const POST_OUTCOMES = [
  'created',
  'repeated',
  'conflict',
  'refused',
  'limited',
  'busy',
  'away',
  'unknown',
  'failed',
] as const;
export type PostOutcome = (typeof POST_OUTCOMES)[number];

/** What the chat service counts. */
export interface ChatMetrics {
  posts: Record<PostOutcome, number>;
  /** Time from the request to its response, s, for posts that became durable. */
  postSeconds: Distribution;
  batchSize: Distribution;
  batchSeconds: Distribution;
  relayed: Counter;
  indexed: Counter;
  indexSeconds: Histogram;
  /** Events that are still to be indexed. */
  indexBacklog: { value: number };
}

/** Values that are read at each scrape. */
export interface ChatFigures {
  commits: Pick<GroupCommit, 'waiting'>;
  relay: RelayState;
}

/** Registers the chat service's metrics. Call it once for each registry; prom-client throws at the second. */
export function createChatMetrics(registry: Registry): ChatMetrics {
  const registers = [registry];
  const metrics: ChatMetrics = {
    posts: zeroEach(POST_OUTCOMES),
    postSeconds: new Distribution([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
    batchSize: new Distribution([1, 2, 4, 8, 16, 32, 64, 128, 256]),
    batchSeconds: new Distribution([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]),
    relayed: new Counter({
      name: 'carillon_relay_published_total',
      help: 'Messages that the relay published because no other node had; it grows after the bus was unreachable or a node died',
      registers,
    }),
    indexed: new Counter({
      name: 'carillon_search_indexed_total',
      help: 'Messages added to the full-text index; an edited message counts again',
      registers,
    }),
    indexSeconds: new Histogram({
      name: 'carillon_search_index_seconds',
      help: 'Time to index one batch of messages',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    indexBacklog: { value: 0 },
  };
  const { posts, postSeconds, batchSize, batchSeconds, indexBacklog } = metrics;
  registerCountsBy(
    registry,
    {
      name: 'carillon_posts_total',
      help: 'Posts by outcome; busy, away, unknown and failed count as errors of the service',
      label: 'outcome',
    },
    () => posts,
  );
  registerDistribution(
    registry,
    {
      name: 'carillon_post_seconds',
      help: "Time from a post's request to its response, including body and commit, for posts that became durable",
    },
    postSeconds,
  );
  registerDistribution(
    registry,
    {
      name: 'carillon_commit_batch_messages',
      help: 'Messages committed in one transaction; it grows with the load, and each message then costs less',
    },
    batchSize,
  );
  registerDistribution(
    registry,
    { name: 'carillon_commit_seconds', help: 'Time to commit one transaction' },
    batchSeconds,
  );
  registerGauges(registry, [
    {
      name: 'carillon_search_backlog_events',
      help: 'Events still to be indexed in the channels of the latest indexing run',
      read: () => indexBacklog.value,
    },
  ]);
  return metrics;
}

/** Registers the gauges that are read at each scrape. Call it once for each registry. */
export function showFigures({ commits, relay }: ChatFigures, registry: Registry): void {
  registerGauges(registry, [
    {
      name: 'carillon_commit_waiting_messages',
      help: 'Posts waiting for a transaction; at 10,000, further posts are refused with 503',
      read: () => commits.waiting,
    },
    {
      name: 'carillon_relay_backlog_messages',
      help: 'Messages that are committed but not known to be published, on all nodes together, at the last check of the relay',
      read: () => relay.backlog,
    },
    {
      name: 'carillon_relay_oldest_seconds',
      help: 'How long the oldest of them has waited, as seen by this node; after a second the relay publishes it',
      read: () => relay.oldestSeconds,
    },
  ]);
}
