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

/** Why a request for a stream is refused, as the problem says it. */
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

/** None yet. */
export function noRefusals(): Refusals {
  return zeroEach(REFUSAL_REASONS);
}

/** Streams that were not opened, by the problem that was answered. */
export type Refusals = Partial<Record<ProblemCode, number>>;

/** Shows the hub's own numbers to whoever scrapes: the hot path counts, and never touches a metric. */
export function measureHub(hub: Hub, refusals: Readonly<Refusals>, registry: Registry): void {
  const { rounds, feed, replay } = hub;
  registerDistribution(
    registry,
    {
      name: 'carillon_delivery_seconds',
      help: 'Time from the commit of a message (or change) to its write to a socket, for each delivery to a reader that keeps up',
    },
    rounds.deliverySeconds,
  );
  registerDistribution(
    registry,
    {
      name: 'carillon_bus_lag_seconds',
      help: 'Time from the commit of a message (or change) to its arrival from the bus',
    },
    feed.lag,
  );
  registerDistribution(
    registry,
    {
      name: 'carillon_round_seconds',
      help: 'Time from the moment a channel had new events until the last of its readers had been visited',
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
    { name: 'carillon_round_bytes', help: 'Bytes that a round wrote to connections' },
    rounds.roundBytes,
  );
  registerGauges(registry, [
    { name: 'carillon_streams_open', help: 'Streams open on this node', read: () => hub.streams },
    {
      name: 'carillon_channels_open',
      help: 'Channels that this node keeps a log of',
      read: () => hub.channels,
    },
    { name: 'carillon_log_bytes', help: 'Memory used by all channel logs', read: () => hub.logBytes },
    {
      name: 'carillon_log_limit_bytes',
      help: 'Memory that all channel logs may use; at this limit the oldest events are dropped, and readers that need them are served from the store',
      read: () => hub.logLimit,
    },
  ]);
  registerCounters(registry, [
    { name: 'carillon_streams_opened_total', help: 'Streams that were opened', read: () => hub.opened },
    {
      name: 'carillon_deliveries_total',
      help: 'Events written to streams, including replays',
      read: () => rounds.deliveries,
    },
    {
      name: 'carillon_delivered_bytes_total',
      help: 'Bytes of events written to streams',
      read: () => rounds.bytes,
    },
    {
      name: 'carillon_replay_reads_total',
      help: 'Pages read from the store for readers behind the log; one page serves all readers with the same cursor',
      read: () => replay.reads,
    },
    {
      name: 'carillon_hole_reads_total',
      help: 'Reads from the store for events that the bus did not deliver',
      read: () => feed.fills,
    },
    {
      name: 'carillon_heartbeats_late_total',
      help: 'Heartbeats that were sent more than a second late: the process is blocked or overloaded',
      read: () => hub.heartbeatsLate,
    },
  ]);
  registerCountsBy(
    registry,
    {
      name: 'carillon_streams_ended_total',
      help: 'Streams that ended, by reason: the client left, took no bytes for a minute (stalled), the node shut down (drain), the stream reached STREAM_MAX_AGE_SECONDS (age), or the reason given in `denied`',
      label: 'reason',
    },
    () => hub.ended,
  );
  registerCountsBy(
    registry,
    {
      name: 'carillon_streams_refused_total',
      help: 'Stream requests that were refused, by the code of the problem',
      label: 'reason',
    },
    () => refusals,
  );
  registerCountsBy(
    registry,
    {
      name: 'carillon_shed_total',
      help: 'Presence and typing events that were sent late or not at all, because messages have priority',
      label: 'event',
    },
    () => ({ ...hub.shed }),
  );
  registerCountsBy(
    registry,
    {
      name: 'carillon_resets_total',
      help: 'Resets sent to streams, each announcing a loss, by reason',
      label: 'reason',
    },
    () => hub.resets,
  );
}
