import { type Dashboard, quantiles, RATE } from './dashboard.ts';

export const streams: Dashboard = {
  uid: 'carillon-streams',
  title: 'Streams',
  description: 'Who reads, how much, and why streams end.',
  rows: [
    {
      title: 'Who reads',
      panels: [
        {
          title: 'Streams open',
          good: 'Good is about the same on each node.',
          unit: 'short',
          queries: [['carillon_streams_open', '{{instance}}']],
        },
        {
          title: 'Streams opened and ended',
          good: 'Good is few compared with those open; many of both say that readers are cut and return.',
          unit: 'ops',
          queries: [
            [`sum(rate(carillon_streams_opened_total[${RATE}]))`, 'opened'],
            [`sum by (reason) (rate(carillon_streams_ended_total[${RATE}]))`, 'ended: {{reason}}'],
          ],
        },
        {
          title: 'Streams refused',
          good: 'Good is near 0; a limit that many reach is too low, or somebody asks without pause. "invalid" has the two a minute of our own probe.',
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
          good: 'Good is 0; after a restore of the store each reader is told once.',
          unit: 'ops',
          queries: [[`sum by (reason) (rate(carillon_resets_total[${RATE}]))`, '{{reason}}']],
        },
      ],
    },
    {
      title: 'What they get',
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
          good: 'Good is what the channels have; with slow readers it is fewer.',
          unit: 'short',
          queries: quantiles('carillon_round_subscribers', [0.5, 0.99]),
        },
        {
          title: 'Bytes of a round',
          good: 'Good is what is posted times its readers; the more in one round, the cheaper each.',
          unit: 'bytes',
          queries: quantiles('carillon_round_bytes', [0.5, 0.99]),
        },
        {
          title: 'Replay',
          good: 'Good is near 0 but after a deploy: pages read from the store for readers behind the log.',
          unit: 'ops',
          queries: [[`sum by (instance) (rate(carillon_replay_reads_total[${RATE}]))`, '{{instance}}']],
        },
        {
          title: 'Told late or never',
          good: 'Good is 0: who is here and who types gives way to messages under too much load.',
          unit: 'ops',
          queries: [
            [`sum by (event) (rate(carillon_shed_total[${RATE}]))`, '{{event}}'],
            [`sum(rate(carillon_heartbeats_late_total[${RATE}]))`, 'heartbeats late'],
          ],
        },
      ],
    },
    {
      title: 'What they cost',
      panels: [
        {
          title: 'Memory of the logs',
          good: 'Good is under the limit; at it the oldest events go, and their readers are served by the store.',
          unit: 'bytes',
          queries: [
            ['carillon_log_bytes', '{{instance}}'],
            ['max(carillon_log_limit_bytes)', 'limit'],
          ],
        },
        {
          title: 'Memory of the nodes',
          good: 'Good is level while the streams are: some 5 KiB each, and 100 MiB for the rest.',
          unit: 'bytes',
          queries: [['carillon_process_resident_memory_bytes{job="broadcast-sse"}', '{{instance}}']],
        },
        {
          title: 'Open files',
          good: 'Good is under the limit of the process: a stream is one.',
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
