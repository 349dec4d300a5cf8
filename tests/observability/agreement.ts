import { setTimeout as sleep } from 'node:timers/promises';
import { glance } from '../../observability/dashboards/glance.ts';
import { startLoad } from './load.ts';
import type { ObservedStack } from './observed-stack.ts';

/** What Prometheus has beside what the clients counted. */
export interface Agreement {
  panel: string;
  /** By the clients. */
  counted: number;
  /** By how much the counter grew. */
  grown: number;
  /** The line of the panel, added up. A line is drawn from samples, so of a short time its edges are a guess. */
  shown: number;
}

/** By how much of what was counted a number differs from it. */
export const apart = (number: number, counted: number): number => Math.abs(number - counted) / counted;

/** The window that a panel's rates are taken over, and between two points of its line, s. */
const WINDOW_S = 20;
const STEP_S = 2;

const COUNTERS = {
  Posts: 'carillon_posts_total{outcome="created"}',
  Deliveries: 'carillon_deliveries_total',
} as const;

/** What was posted last is delivered, and scraped, within this, ms. */
const SETTLED_MS = 5_000;

/** Posts and reads for so long, and holds the dashboard's lines, added up over that time, against what the clients counted. */
export async function agreement({ cluster, prometheus }: ObservedStack, forMs: number): Promise<Agreement[]> {
  // A line begins with zeros, so that nothing before it is in it.
  await sleep(WINDOW_S * 1_000);
  const total = async (panel: keyof typeof COUNTERS) =>
    (await prometheus.query(`sum(${COUNTERS[panel]})`))[0]?.value ?? 0;
  const before = { Posts: await total('Posts'), Deliveries: await total('Deliveries') };
  const start = Date.now() / 1_000;
  const load = await startLoad(cluster.origin, { steadyOnly: true });
  await sleep(forMs);
  await load.stopPosting();
  await sleep(SETTLED_MS);
  const { created, delivered } = load;
  // To where the last window holds nothing any more.
  await sleep(WINDOW_S * 1_000);
  const end = Date.now() / 1_000;
  await load.stop();
  const area = async (title: string): Promise<number> => {
    const panel = glance.rows.flatMap(({ panels }) => panels).find((each) => each.title === title);
    const expr = panel?.queries[0]?.[0].replaceAll('$__rate_interval', `${WINDOW_S}s`);
    if (expr === undefined) throw new Error(`there is no panel ${title}`);
    const [line = []] = await prometheus.range(expr, start, end, STEP_S);
    return line.reduce((sum, [, perSecond]) => sum + perSecond * STEP_S, 0);
  };
  const beside = async (panel: keyof typeof COUNTERS, counted: number): Promise<Agreement> => ({
    ...{ panel, counted },
    grown: (await total(panel)) - before[panel],
    shown: await area(panel),
  });
  return [await beside('Posts', created), await beside('Deliveries', delivered)];
}
