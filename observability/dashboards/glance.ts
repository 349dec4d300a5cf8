import { type Dashboard, quantiles, RATE } from './dashboard.ts';

export const glance: Dashboard = {
  uid: 'carillon-glance',
  title: 'Carillon at a glance',
  description: 'Is the service healthy?',
  rows: [
    {
      title: 'Service level objectives',
      panels: [
        {
          title: 'Delivered within 1 s',
          good: 'Good is 99.9 % or more of the deliveries of the last hour.',
          unit: 'percentunit',
          queries: [['1 - carillon:deliveries_late:ratio_rate1h', 'within 1 s {{namespace}}']],
          single: true,
          bad: 0.999,
          below: true,
        },
        {
          title: 'Posts answered',
          good: 'Good is 99.95 % or more of the posts of the last hour; a refusal is an answer.',
          unit: 'percentunit',
          queries: [['1 - carillon:posts_unanswered:ratio_rate1h', 'answered {{namespace}}']],
          single: true,
          bad: 0.9995,
          below: true,
        },
        {
          title: 'Alerts',
          good: 'Good is 0.',
          unit: 'short',
          queries: [['count(ALERTS{alertstate="firing",severity=~"page|ticket"}) or vector(0)', 'firing']],
          single: true,
          bad: 1,
        },
        {
          title: 'Streams open',
          good: 'Good is what is usual at this hour: a fall without a deploy is an outage somewhere before us.',
          unit: 'short',
          queries: [['sum(carillon_streams_open)', 'streams']],
          single: true,
        },
        {
          title: 'Posts',
          good: 'Good is what is usual at this hour: posts stored in a second.',
          unit: 'ops',
          queries: [[`sum(rate(carillon_posts_total{outcome="created"}[${RATE}]))`, 'posts']],
          single: true,
        },
        {
          title: 'Deliveries',
          good: 'Good is posts times the readers of their channels: events handed to streams in a second.',
          unit: 'ops',
          queries: [[`sum(rate(carillon_deliveries_total[${RATE}]))`, 'deliveries']],
          single: true,
        },
        {
          title: 'Budget used',
          good: 'Good is under 1, which is as much as the objectives allow; over 14.4 for an hour an alert pages you.',
          unit: 'short',
          queries: [
            ['carillon:deliveries_late:ratio_rate1h / 0.001', 'delivered within 1 s {{namespace}}'],
            ['carillon:posts_unanswered:ratio_rate1h / 0.0005', 'posts answered {{namespace}}'],
          ],
          bad: 1,
        },
        {
          title: 'Post to socket',
          good: 'Good is p99 under 0.1 s; the objective is 1 s.',
          unit: 's',
          queries: quantiles('carillon_delivery_seconds'),
          bad: 1,
          exemplars: true,
        },
        {
          title: 'Posts by outcome',
          good: 'Good is "created" and some "repeated"; away, busy, unknown and failed are errors of the service.',
          unit: 'ops',
          queries: [[`sum by (outcome) (rate(carillon_posts_total[${RATE}]))`, '{{outcome}}']],
        },
      ],
    },
    {
      title: 'What it runs on',
      panels: [
        {
          title: 'Instances',
          good: 'Good is two or more of chat-service and broadcast-sse, and one of all others.',
          unit: 'short',
          queries: [
            ['count by (job) (up == 1 and on (namespace) carillon:deployments:present1d)', '{{job}}'],
          ],
        },
        {
          title: 'Servers that answer',
          good: 'Good is 1 for each.',
          unit: 'short',
          queries: [
            ['pg_up', 'PostgreSQL'],
            ['redis_up', 'Redis'],
            ['nginx_up', 'nginx'],
            ['probe_success{job=~"origin|mosquitto|kafka"}', '{{job}} {{part}}, from outside'],
          ],
          bad: 1,
          below: true,
        },
        {
          title: 'Answers by status',
          good: 'Good is 2xx, and 4xx as usual; 5xx is rare. Responses of nginx itself (502, 504) are not counted.',
          unit: 'ops',
          queries: [[`sum by (status) (rate(carillon_http_requests_total[${RATE}]))`, '{{status}}']],
        },
        {
          title: 'Certificates',
          good: 'Good is over three weeks until the first certificate of a chain expires.',
          unit: 's',
          queries: [
            [
              'min by (job) (probe_ssl_earliest_cert_expiry{job=~"origin|mosquitto|kafka"}) - time()',
              '{{job}}',
            ],
          ],
          bad: 21 * 86_400,
          below: true,
        },
        {
          title: 'Disks',
          good: 'Good is more than a tenth free.',
          unit: 'percentunit',
          queries: [
            [
              'min by (instance, device) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs|iso9660"} / node_filesystem_size_bytes)',
              '{{device}}',
            ],
          ],
          bad: 0.1,
          below: true,
        },
        {
          title: 'Versions',
          good: 'Good is one version, except during an upgrade.',
          unit: 'short',
          queries: [
            ['count by (job, version, node) (carillon_build_info)', '{{job}} {{version}}, Node {{node}}'],
          ],
        },
      ],
    },
  ],
};
