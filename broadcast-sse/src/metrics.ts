import type { ProblemCode } from '@carillon/protocol';
import {
  registerCounters,
  registerCountsBy,
  registerDistribution,
  registerGauges,
  zeroEach,
} from '@carillon/runtime';
import type { Registry } from 'prom-client';
import type { Hub } from './hub.ts';

/** Codes of the problems that a request for a stream is refused with. */
const REFUSAL_REASONS: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'banned',
  'not_found',
  'invalid',
  'rate_limited',
  'history_away',
  'identity_away',
];

/** A count of zero for each reason. */
export function noRefusals(): Refusals {
  return zeroEach(REFUSAL_REASONS);
}

/** Requests for a stream that were refused, by the code of the problem. */
export type Refusals = Partial<Record<ProblemCode, number>>;

/** Registers the hub's numbers as metrics, read at each scrape: the hot path counts in plain numbers, and never touches a metric. */
export function measureHub(hub: Hub, refusals: Readonly<Refusals>, registry: Registry): void {
  const { rounds, feed, replay } = hub;
  registerDistribution(
    registry,
    {
      name: 'carillon_delivery_seconds',
      help: 'From the commit of a message (or change) to its write to a socket, each delivery to a reader that keeps up',
    },
    rounds.deliverySeconds,
  );
  registerDistribution(
    registry,
    {
      name: 'carillon_bus_lag_seconds',
      help: 'From the commit of a message (or change) to its arrival by the bus',
    },
    feed.lag,
  );
  registerDistribution(
    registry,
    {
      name: 'carillon_round_seconds',
      help: 'From when a channel had new events to when the last of its readers had been visited',
    },
    rounds.roundSeconds,
  );
  registerDistribution(
    registry,
    { name: 'carillon_round_subscribers', help: 'Readers that a round visited' },
    rounds.roundSubscribers,
  );
  registerDistribution(
    registry,
    { name: 'carillon_round_bytes', help: 'Bytes that a round handed to connections' },
    rounds.roundBytes,
  );
  registerGauges(registry, [
    { name: 'carillon_streams_open', help: 'Streams open on this node', read: () => hub.streams },
    { name: 'carillon_channels_open', help: 'Channels this node keeps a log of', read: () => hub.channels },
    { name: 'carillon_log_bytes', help: 'Memory of all channel logs', read: () => hub.logBytes },
    {
      name: 'carillon_log_limit_bytes',
      help: 'Memory that all channel logs may take; at the limit the oldest events go, and readers that need them are served by the store',
      read: () => hub.logLimit,
    },
  ]);
  registerCounters(registry, [
    { name: 'carillon_streams_opened_total', help: 'Streams that were opened', read: () => hub.opened },
    {
      name: 'carillon_deliveries_total',
      help: 'Events handed to streams, those of replays among them',
      read: () => rounds.deliveries,
    },
    {
      name: 'carillon_delivered_bytes_total',
      help: 'Bytes of events handed to streams',
      read: () => rounds.bytes,
    },
    {
      name: 'carillon_replay_reads_total',
      help: 'Pages read from the store for readers behind the log; a page serves all readers at the same cursor',
      read: () => replay.reads,
    },
    {
      name: 'carillon_hole_reads_total',
      help: 'Reads from the store for events the bus did not bring',
      read: () => feed.fills,
    },
    {
      name: 'carillon_heartbeats_late_total',
      help: 'Heartbeats that were due more than a second before they were sent: the process stands still, or has too much to do',
      read: () => hub.heartbeatsLate,
    },
  ]);
  registerCountsBy(
    registry,
    {
      name: 'carillon_streams_ended_total',
      help: 'Streams that ended, by reason: the reader left or stalled for a minute, the node shut down (drain), it was open for STREAM_MAX_AGE_SECONDS (age), or the reason that `denied` gave',
      label: 'reason',
    },
    () => hub.ended,
  );
  registerCountsBy(
    registry,
    {
      name: 'carillon_streams_refused_total',
      help: 'Requests for a stream that were refused, by the code of the problem',
      label: 'reason',
    },
    () => refusals,
  );
  registerCountsBy(
    registry,
    {
      name: 'carillon_shed_total',
      help: 'Presence and typing events that were sent late or never because messages went first',
      label: 'event',
    },
    () => ({ ...hub.shed }),
  );
  registerCountsBy(
    registry,
    { name: 'carillon_resets_total', help: 'Losses that streams were told of, by reason', label: 'reason' },
    () => hub.resets,
  );
}
