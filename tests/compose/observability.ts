/**
 * compose.observability.yaml for real: up from nothing, load, every target of Prometheus answers, every expression of every panel
 * has data, a service that is stopped is told of, down. Grafana, Loki and Alloy are started and no more.
 *
 *   npm run test:compose:observability
 */
import { dashboards } from '../../observability/dashboards/dashboards.ts';
import { eventuallyHolds } from '../eventually.ts';
import { untilGreen } from './checks.ts';
import { startReaders } from './readers.ts';
import { compose, prepareEngine } from './stack.ts';

/** Scrapes come every 15 s, probes every 30 s, and a rate needs some. */
const DATA_WITHIN_MS = 240_000;
const RATE_INTERVAL = '1m';

/** Series that only appear after a fault. */
const NEEDS_A_FAULT = /carillon_(resets|streams_refused)_total|carillon_webhook/;

try {
  console.log(`an engine: ${await prepareEngine()}`);
  await compose(['down', '--volumes', '--remove-orphans']);
  await compose(['up', '--build', '--wait'], 15 * 60_000);
  const { names } = await untilGreen('all green', 240_000);
  console.log(`up, and green: ${names.join(', ')}`);

  const readers = await startReaders(6);
  await eventuallyHolds(targetsAnswer, DATA_WITHIN_MS);
  console.log('every target answers');
  const left = new Set(
    dashboards
      .flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries)))
      .map(([expr]) => expr.replaceAll('$__rate_interval', RATE_INTERVAL))
      .filter((expr) => !NEEDS_A_FAULT.test(expr)),
  );
  const asked = left.size;
  await eventuallyHolds(async () => {
    for (const expr of left)
      if ((await query(expr)).some(({ value }) => isNumber(value[1]))) left.delete(expr);
    if (left.size > 0) throw new Error(`without data: ${[...left].join('\n')}`);
  }, DATA_WITHIN_MS);
  console.log(`${asked} expressions of panels have data`);
  console.log(await readers.finish());

  await compose(['stop', 'nginx']);
  await eventuallyHolds(async () => {
    const told = await query('ALERTS{alertname="ServiceDown",alertstate="firing",job="nginx"}');
    if (told.length === 0) throw new Error('nobody is told that nginx is gone');
  }, DATA_WITHIN_MS);
  const alerts = await compose([
    'exec',
    '-T',
    'alertmanager',
    'amtool',
    '--alertmanager.url=http://127.0.0.1:9093',
    'alert',
  ]);
  if (!alerts.includes('ServiceDown')) throw new Error(`Alertmanager was not told: ${alerts}`);
  console.log('a service that is stopped is told of, at Alertmanager too');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(await compose(['ps', '--all']).catch(String));
  console.error(await compose(['logs', '--tail', '10']).catch(String));
  process.exitCode = 1;
} finally {
  await compose(['down', '--volumes'], 180_000).catch(() => {});
  // Readers may still try.
  process.exit();
}

async function targetsAnswer(): Promise<void> {
  const down = (await query('up == 0')).map(({ metric }) => metric);
  if (down.length > 0) throw new Error(`do not answer: ${JSON.stringify(down)}`);
  const jobs = await query('count by (job) (up == 1)');
  if (jobs.length < 13) throw new Error(`only ${jobs.map(({ metric }) => metric.job)} are asked`);
  const probes = (await query('probe_success == 0')).map(({ metric }) => metric.job);
  if (probes.length > 0) throw new Error(`cannot be reached from outside: ${probes}`);
  for (const up of ['pg_up', 'redis_up', 'nginx_up'])
    if ((await query(`${up} == 1`)).length === 0) throw new Error(`${up} is not 1`);
}

async function query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(expr)}`;
  const text = await compose(['exec', '-T', 'prometheus', 'wget', '-q', '-O', '-', url]);
  return JSON.parse(text).data.result;
}

function isNumber(text: string): boolean {
  return Number.isFinite(Number(text));
}
