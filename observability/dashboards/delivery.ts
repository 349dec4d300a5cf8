import { type Dashboard, quantiles, RATE } from './dashboard.ts';

export const delivery: Dashboard = {
  uid: 'carillon-delivery',
  title: 'Delivery',
  description: 'Where does latency come from? A message goes from left to right.',
  rows: [
    {
      title: 'End to end',
      panels: [
        {
          title: 'Post to socket',
          good: 'Good is p99 under 0.1 s: from the commit to the write to a socket of a reader that keeps up.',
          unit: 's',
          queries: quantiles('carillon_delivery_seconds', [0.5, 0.9, 0.99, 0.999]),
          bad: 1,
          exemplars: true,
        },
        {
          title: 'Later than 1 s',
          good: 'Good is under 0.1 %.',
          unit: 'percentunit',
          queries: [['carillon:deliveries_late:ratio_rate5m', 'late {{namespace}}']],
          bad: 0.001,
        },
        {
          title: 'Request to answer',
          good: 'Good is p99 under 0.1 s: how long a post waits for its response, including body and commit.',
          unit: 's',
          queries: quantiles('carillon_post_seconds'),
        },
      ],
    },
    {
      title: 'Commit',
      panels: [
        {
          title: 'Time of a commit',
          good: 'Good is p99 under 0.05 s; it is the disk of PostgreSQL.',
          unit: 's',
          queries: quantiles('carillon_commit_seconds'),
        },
        {
          title: 'Messages in a commit',
          good: 'Good is a number that grows with the load: the more messages in a commit, the cheaper each one.',
          unit: 'short',
          queries: [
            [
              `sum(rate(carillon_commit_batch_messages_sum[${RATE}])) / sum(rate(carillon_commit_batch_messages_count[${RATE}]))`,
              'on average',
            ],
          ],
        },
        {
          title: 'Posts waiting for a commit',
          good: 'Good is some hundreds at most; at 10,000 further posts are refused.',
          unit: 'short',
          queries: [['carillon_commit_waiting_messages', '{{instance}}']],
          bad: 5_000,
        },
      ],
    },
    {
      title: 'Bus',
      panels: [
        {
          title: 'Publish',
          good: 'Good is p99 under 0.05 s until the broker has acknowledged.',
          unit: 's',
          queries: [
            [
              `histogram_quantile(0.99, sum by (le, bus) (rate(carillon_bus_publish_seconds_bucket[${RATE}])))`,
              'p99 {{bus}}',
            ],
          ],
        },
        {
          title: 'Commit to arrival',
          good: 'Good is p99 under 0.1 s. It counts only events that arrive by the bus: while the bus is unavailable there is no line, and "Holes read from the store" rises.',
          unit: 's',
          queries: quantiles('carillon_bus_lag_seconds'),
          bad: 1,
        },
        {
          title: 'Holes read from the store',
          good: 'Good is near 0: events that the bus lost or delivered too late.',
          unit: 'ops',
          queries: [[`sum by (instance) (rate(carillon_hole_reads_total[${RATE}]))`, '{{instance}}']],
        },
      ],
    },
    {
      title: 'Fan-out',
      panels: [
        {
          title: 'Time of a round',
          good: 'Good is p99 under 0.1 s: from an event in a channel to the last of its readers.',
          unit: 's',
          queries: quantiles('carillon_round_seconds'),
        },
        {
          title: 'Event loop delay',
          good: 'Good is p99 under 0.1 s; more means that a node is overloaded.',
          unit: 's',
          queries: [['carillon_nodejs_eventloop_lag_p99_seconds', '{{job}} {{instance}}']],
          bad: 0.5,
        },
        {
          title: 'Processors',
          good: 'Good is under 0.8 of a core: a process of Node uses one.',
          unit: 'short',
          queries: [[`rate(carillon_process_cpu_seconds_total[${RATE}])`, '{{job}} {{instance}}']],
          bad: 0.8,
        },
      ],
    },
  ],
};
