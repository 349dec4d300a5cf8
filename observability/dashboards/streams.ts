import { type Dashboard, quantiles, RATE } from './dashboard.ts';

export const streams: Dashboard = {
  uid: 'carillon-streams',
  title: 'Streams',
  description: 'How many clients read, how much they get, and why streams end.',
  rows: [
    {
      title: 'Readers',
      panels: [
        {
          title: 'Streams open',
          good: 'Good is about the same on each node.',
          unit: 'short',
          queries: [['carillon_streams_open', '{{instance}}']],
        },
        {
          title: 'Streams opened and ended',
          good: 'Good is few compared with those open; many of both mean that readers are disconnected and reconnect.',
          unit: 'ops',
          queries: [
            [`sum(rate(carillon_streams_opened_total[${RATE}]))`, 'opened'],
            [`sum by (reason) (rate(carillon_streams_ended_total[${RATE}]))`, 'ended: {{reason}}'],
          ],
        },
        {
          title: 'Streams refused',
          good: 'Good is near 0; if many are refused, a limit is too low, or a client retries without a pause. "invalid" includes two a minute from our own probe.',
          unit: 'ops',
          queries: [[`sum by (reason) (rate(carillon_streams_refused_total[${RATE}]))`, '{{reason}}']],
        },
        {
          title: 'Channels with readers',
          good: 'Good is what is usual; each has a log in memory.',
          unit: 'short',
          queries: [['carillon_channels_open', '{{instance}}']],
        },
        {
          title: 'Connections of nginx',
          good: 'Good is under the 32,768 that nginx takes; a stream has two.',
          unit: 'short',
          queries: [['nginx_connections_active', 'active']],
          bad: 30_000,
        },
        {
          title: 'Resets',
          good: 'Good is 0; after a restore of the store each reader gets one.',
          unit: 'ops',
          queries: [[`sum by (reason) (rate(carillon_resets_total[${RATE}]))`, '{{reason}}']],
        },
      ],
    },
    {
      title: 'Deliveries to readers',
      panels: [
        {
          title: 'Deliveries',
          good: 'Good is posts times the readers of their channels.',
          unit: 'ops',
          queries: [[`sum by (instance) (rate(carillon_deliveries_total[${RATE}]))`, '{{instance}}']],
        },
        {
          title: 'Bytes',
          good: 'Good is well under what the network of a node carries.',
          unit: 'Bps',
          queries: [[`sum by (instance) (rate(carillon_delivered_bytes_total[${RATE}]))`, '{{instance}}']],
        },
        {
          title: 'Readers of a round',
          good: 'Good is the number of readers of a channel; with slow readers it is lower.',
          unit: 'short',
          queries: quantiles('carillon_round_subscribers', [0.5, 0.99]),
        },
        {
          title: 'Bytes of a round',
          good: 'Good is the bytes posted times the readers; the more in one round, the cheaper each.',
          unit: 'bytes',
          queries: quantiles('carillon_round_bytes', [0.5, 0.99]),
        },
        {
          title: 'Replay',
          good: 'Good is near 0, except after a deploy: pages read from the store for readers behind the log in memory.',
          unit: 'ops',
          queries: [[`sum by (instance) (rate(carillon_replay_reads_total[${RATE}]))`, '{{instance}}']],
        },
        {
          title: 'Presence and typing delayed or dropped',
          good: 'Good is 0: under overload, messages have priority over presence and typing.',
          unit: 'ops',
          queries: [
            [`sum by (event) (rate(carillon_shed_total[${RATE}]))`, '{{event}}'],
            [`sum(rate(carillon_heartbeats_late_total[${RATE}]))`, 'heartbeats late'],
          ],
        },
      ],
    },
    {
      title: 'Resources',
      panels: [
        {
          title: 'Memory of the logs',
          good: 'Good is under the limit; at the limit the oldest events are removed, and their readers are served from the store.',
          unit: 'bytes',
          queries: [
            ['carillon_log_bytes', '{{instance}}'],
            ['max(carillon_log_limit_bytes)', 'limit'],
          ],
        },
        {
          title: 'Memory of the nodes',
          good: 'Good is constant for a constant number of streams: some 5 KiB each, and 100 MiB for the rest.',
          unit: 'bytes',
          queries: [['carillon_process_resident_memory_bytes{job="broadcast-sse"}', '{{instance}}']],
        },
        {
          title: 'Open files',
          good: 'Good is under the limit of the process: each stream is one open file.',
          unit: 'short',
          queries: [
            ['carillon_process_open_fds{job="broadcast-sse"}', '{{instance}}'],
            ['min(carillon_process_max_fds{job="broadcast-sse"})', 'limit'],
          ],
        },
      ],
    },
  ],
};
