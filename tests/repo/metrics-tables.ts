import { systemClock } from '../../broadcast-sse/src/clock.ts';
import { Hub } from '../../broadcast-sse/src/hub.ts';
import { measureHub } from '../../broadcast-sse/src/metrics.ts';
import { createChatMetrics, showFigures } from '../../chat-service/src/metrics.ts';
import { measureBot } from '../../hello-bot/src/metrics.ts';
import {
  createMetrics,
  measureAnswers,
  measureConnections,
  measureLimits,
  measurePassedOver,
  measurePublishes,
} from '../../packages/runtime/src/index.ts';
import { createWorkerMetrics } from '../../worker/src/metrics.ts';

type Registry = ReturnType<typeof createMetrics>;

/** What a table says of a metric. */
export interface Listed {
  name: string;
  type: string;
  labels: string[];
  help: string;
}

/** What {@link createMetrics} registers by itself. */
const EVERY_PROCESS = 'every process';

const nothing = { ping: async () => {} };

/** What each table of `docs/metrics.md` is made from, by the name in its mark: each registers one group of metrics. */
const GROUPS: Readonly<Record<string, (registry: Registry) => void>> = {
  [EVERY_PROCESS]: () => {},
  'posts and the store': (registry) => {
    createChatMetrics(registry);
    const relay = { backlog: 0, oldestSeconds: 0 };
    showFigures({ commits: { waiting: 0 }, relay }, registry);
  },
  streams: (registry) => {
    const history = {
      epoch: 'none',
      after: async () => [],
      extents: async () => new Map(),
      seqBefore: async () => 0,
    };
    measureHub(new Hub({ history, clock: systemClock }), {}, registry);
  },
  'the bus': (registry) => void measurePublishes(registry),
  limits: (registry) => void measureLimits(registry),
  answers: (registry) => void measureAnswers(registry),
  jobs: (registry) =>
    void createWorkerMetrics(registry, {
      jobs: { depths: async () => [] },
      webhooks: { counts: async () => ({ active: 0, paused: 0 }) },
    }),
  'hello-bot': (registry) => measureBot({ posts: { taken: 0, failed: 0 } }, registry),
  connections: (registry) => {
    measureConnections(registry, { bus: { links: [] }, history: nothing });
    measurePassedOver(registry);
  },
};

/** The groups that each service registers. */
export const GROUPS_OF: Readonly<Record<string, readonly string[]>> = {
  'chat-service': [EVERY_PROCESS, 'posts and the store', 'the bus', 'limits', 'answers', 'connections'],
  'broadcast-sse': [EVERY_PROCESS, 'streams', 'limits', 'answers', 'connections'],
  worker: [EVERY_PROCESS, 'jobs', 'connections'],
  'hello-bot': [EVERY_PROCESS, 'hello-bot'],
};

/** Every metric that a group registers, in the order of registration. */
export function metricsOf(group: string): Listed[] {
  const register = GROUPS[group];
  if (register === undefined) throw new Error(`there is no group "${group}"`);
  const registry = createMetrics();
  if (group !== EVERY_PROCESS) registry.clear();
  register(registry);
  return registry.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    type: String(metric.type),
    labels: Reflect.get(metric, 'labelNames') as string[],
    help: metric.help,
  }));
}

const MARKED = /(<!-- table: (.*?) -->\n).*?(<!-- end of table -->)/gs;

/** A document with each of its marked tables as the code has it. */
export function withMetricTables(document: string): string {
  return document.replace(
    MARKED,
    (_, begin: string, group: string, end: string) => `${begin}${table(metricsOf(group))}\n${end}`,
  );
}

/** The groups that a document has tables for. */
export function groupsIn(document: string): string[] {
  return [...document.matchAll(MARKED)].map(([, , group]) => group ?? '');
}

export const ALL_GROUPS = Object.keys(GROUPS);

function table(metrics: readonly Listed[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => {
    const labelled = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labelled} | ${unitOf(name)} | ${help} |`;
  });
  return ['| metric | type | labels | unit | meaning |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

/** As its name says it; a count of its kind where it says none. */
function unitOf(name: string): string {
  const unit = /_(seconds|bytes|messages|events|jobs|subscribers|info|up)(?:_total)?$/.exec(name)?.[1];
  if (unit === 'info' || unit === 'up') return '';
  return unit ?? 'count';
}
