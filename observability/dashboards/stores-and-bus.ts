import { type Dashboard, RATE } from './dashboard.ts';

export const storesAndBus: Dashboard = {
  uid: 'carillon-stores-and-bus',
  title: 'Stores and bus',
  description: 'Are the servers that Carillon depends on healthy?',
  rows: [
    {
      title: 'PostgreSQL',
      panels: [
        {
          title: 'The store, as services see it',
          good: 'Good is 1 for each.',
          unit: 'short',
          queries: [['carillon_history_up', '{{job}} {{instance}}']],
          bad: 1,
          below: true,
        },
        {
          title: 'Connections',
          good: 'Good is under three quarters of the limit of PostgreSQL.',
          unit: 'short',
          queries: [
            ['sum by (state) (pg_stat_activity_count)', '{{state}}'],
            ['max(pg_settings_max_connections)', 'limit'],
          ],
        },
        {
          title: 'Transactions',
          good: 'Good is far fewer than posts under load: many messages share one.',
          unit: 'ops',
          queries: [
            [`sum(rate(pg_stat_database_xact_commit[${RATE}]))`, 'committed'],
            [`sum(rate(pg_stat_database_xact_rollback[${RATE}]))`, 'rolled back'],
          ],
        },
        {
          title: 'Size',
          good: 'Good is growth that the disk has room for, for months.',
          unit: 'bytes',
          queries: [['sum(pg_database_size_bytes)', 'all databases']],
        },
        {
          title: 'Read from memory',
          good: 'Good is over 99 %; less means that the data that is read does not fit into shared_buffers.',
          unit: 'percentunit',
          queries: [
            [
              `sum(rate(pg_stat_database_blks_hit[${RATE}])) / (sum(rate(pg_stat_database_blks_hit[${RATE}])) + sum(rate(pg_stat_database_blks_read[${RATE}])))`,
              'hits',
            ],
          ],
        },
        {
          title: 'Search behind',
          good: 'Good is near 0: events still to be added to the full-text index.',
          unit: 'short',
          queries: [['max(carillon_search_backlog_events)', 'events']],
        },
      ],
    },
    {
      title: 'Bus',
      panels: [
        {
          title: 'Brokers',
          good: 'Good is 1 for each: they accept a connection with TLS.',
          unit: 'short',
          queries: [['probe_success{job=~"mosquitto|kafka"}', '{{job}}']],
          bad: 1,
          below: true,
        },
        {
          title: 'Connections to the bus',
          good: 'Good is 1 for each.',
          unit: 'short',
          queries: [['carillon_bus_up', '{{job}} {{instance}} {{bus}}']],
          bad: 1,
          below: true,
        },
        {
          title: 'Publish failures',
          good: 'Good is 0; what failed is repeated by the relay.',
          unit: 'ops',
          queries: [[`sum by (bus) (rate(carillon_bus_publish_failures_total[${RATE}]))`, '{{bus}}']],
        },
        {
          title: 'Waiting for the relay',
          good: 'Good is near 0: messages that are stored but not known to be published.',
          unit: 'short',
          queries: [['max(carillon_relay_backlog_messages)', 'messages']],
        },
        {
          title: 'Oldest waiting for the relay',
          good: 'Good is under 2 s.',
          unit: 's',
          queries: [['max(carillon_relay_oldest_seconds)', 'oldest']],
          bad: 60,
        },
        {
          title: 'Published by the relay',
          good: 'Good is 0; it grows after a broker was unavailable or a node died.',
          unit: 'ops',
          queries: [[`sum(rate(carillon_relay_published_total[${RATE}]))`, 'messages']],
        },
      ],
    },
    {
      title: 'Redis',
      panels: [
        {
          title: 'Redis, as services see it',
          good: 'Good is 1 for each use.',
          unit: 'short',
          queries: [['min by (job, use) (carillon_redis_up)', '{{job}}: {{use}}']],
          bad: 1,
          below: true,
        },
        {
          title: 'Memory',
          good: 'Good is under half of its limit; at the limit it refuses writes.',
          unit: 'bytes',
          queries: [
            ['redis_memory_used_bytes', 'used'],
            ['redis_memory_max_bytes', 'limit (0 is none)'],
          ],
        },
        {
          title: 'Commands',
          good: 'Good is what is usual: it grows with readers that connect and disconnect, and with jobs.',
          unit: 'ops',
          queries: [[`sum(rate(redis_commands_processed_total[${RATE}]))`, 'commands']],
        },
      ],
    },
    {
      title: 'Jobs',
      panels: [
        {
          title: 'Queues',
          good: 'Good is near 0 waiting; delayed are webhooks with a retry later.',
          unit: 'short',
          queries: [['max by (queue, state) (carillon_queue_jobs)', '{{queue}} {{state}}']],
        },
        {
          title: 'Jobs by how they ended',
          good: 'Good is "done"; upkeep runs once a minute and an hour.',
          unit: 'ops',
          queries: [
            [`sum by (queue, outcome) (rate(carillon_job_seconds_count[${RATE}]))`, '{{queue}} {{outcome}}'],
          ],
        },
        {
          title: 'Webhooks',
          good: 'Good is "taken"; the others are receivers that refuse, are unreachable or are too slow.',
          unit: 'ops',
          queries: [[`sum by (outcome) (rate(carillon_webhook_requests_total[${RATE}]))`, '{{outcome}}']],
        },
        {
          title: 'Webhooks by state',
          good: 'Good is 0 paused: they send nothing until you resume them.',
          unit: 'short',
          queries: [['max by (state) (carillon_webhooks)', '{{state}}']],
        },
      ],
    },
  ],
};
