/**
 * `npm run bench:builds -- DIR`: compares this build with another one in DIR, alternating in one run. Only the ratios count, because
 * the machine drifts. BENCH_OTHER_NODE is the Node that runs DIR; by default the one that runs this.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresInstalled, startPostgres } from '../tests/servers/postgres.ts';
import { type StandaloneOptions, startStandalone } from '../tests/servers/standalone.ts';
import { carillon, compile, loadAverage, median, pin, postsOn, rawC, rss, sseload } from './fixture.ts';

/** Runs of each build. The median of each figure is printed. */
const TURNS = 3;

/** How long an idle process is measured, ms, after it has settled. */
const REST_MS = 6_000;
const IDLE_MS = 20_000;

/** A clock tick of /proc, ms. */
const TICK_MS = 10;

type Build = Pick<StandaloneOptions, 'main' | 'node' | 'env'>;

const other = process.argv[2];
if (other === undefined) throw new Error('name the directory of the other build');
const FLAGS = ['--max-semi-space-size=4'];
const BUILDS: Readonly<Record<'before' | 'now', Build>> = {
  before: {
    main: join(other, 'standalone/dist/main.js'),
    node: [process.env.BENCH_OTHER_NODE ?? process.execPath],
  },
  // As `npm start` does it.
  now: { node: [process.execPath, ...FLAGS], env: { NODE_COMPILE_CACHE: 'node_modules/.cache/compiled' } },
};

const figures = new Map<string, Record<'before' | 'now', number[]>>();
const note = (what: string, build: 'before' | 'now', value: number) => {
  const known = figures.get(what) ?? { before: [], now: [] };
  known[build].push(value);
  figures.set(what, known);
};

compile('sseload', 'raw-loop');
const asked = process.argv.slice(3);
const is = (part: string) => asked.length === 0 || asked.includes(part);
console.log(`Node ${process.version}, load ${loadAverage()}`);
for (let turn = 0; turn < TURNS; turn++) {
  for (const [name, build] of Object.entries(BUILDS) as ['before' | 'now', Build][]) {
    const start = (env: Record<string, string> = {}) => carillon(env, undefined, undefined, build);
    if (is('start')) await starting(name, build);
    if (is('latency')) {
      const server = await start();
      sseload(server, ['-n', '1', '-r', '50', '-d', '3', '-N', '1']);
      const { p50_ms, p99_ms } = sseload(server, ['-n', '1', '-r', '20', '-d', '10', '-N', '1']);
      await server.stop();
      note('one post to its reader, p50 ms', name, p50_ms);
      note('one post to its reader, p99 ms', name, p99_ms);
    }
    if (is('posts')) {
      const server = await start();
      const { perSecond, p99 } = postsOn(server);
      await server.stop();
      note('posts/s, embedded', name, perSecond);
      note('posts p99 ms, embedded', name, p99);
    }
    if (is('postgres') && postgresInstalled) {
      const postgres = await startPostgres();
      pin(postgres.pid);
      const server = await start({ HISTORY_URL: postgres.url });
      const { perSecond, p99 } = postsOn(server);
      await server.stop();
      await postgres.stop();
      note('posts/s, PostgreSQL', name, perSecond);
      note('posts p99 ms, PostgreSQL', name, p99);
    }
    if (is('fanout')) {
      const server = await start();
      const load = sseload(server, ['-n', '1000', '-r', '50', '-d', '8', '-N', '1']);
      await server.stop();
      note('1,000 x 50/s, us a delivery', name, load.cpu_us_per_deliv);
      note('1,000 x 50/s, p99 ms', name, load.p99_ms);
    }
    if (is('saturated')) {
      const server = await start();
      const load = sseload(server, ['-n', '10000', '-r', '500', '-d', '10', '-N', '32']);
      await server.stop();
      note('10,000 x 500/s, M deliveries/s', name, load.deliv_per_s / 1e6);
      note('10,000 x 500/s, p99 ms', name, load.p99_ms);
      note('10,000 x 500/s, missing', name, load.expected - load.delivered);
    }
  }
  if (is('fanout')) {
    const raw = await rawC();
    const load = sseload(raw, ['-n', '1000', '-r', '50', '-d', '8', '-N', '1']);
    await raw.stop();
    for (const build of ['before', 'now'] as const) {
      note(
        '1,000 x 50/s, x raw C',
        build,
        last('1,000 x 50/s, us a delivery', build) / load.cpu_us_per_deliv,
      );
    }
  }
}
console.table(
  Object.fromEntries(
    [...figures].map(([what, { before, now }]) => [
      what,
      {
        before: median(before).toFixed(2),
        now: median(now).toFixed(2),
        'now / before': (median(now) / median(before)).toFixed(2),
      },
    ]),
  ),
);
process.exit(0);

/** Measures the time from the start to the first response, the memory, and the CPU of the idle process. */
async function starting(name: 'before' | 'now', build: Build): Promise<void> {
  const began = performance.now();
  const server = await startStandalone({ ...build, env: { ...build.env, HELLO_BOT: 'on' } });
  note('start until it answers, ms', name, performance.now() - began);
  await sleep(REST_MS);
  const before = ticks(server.pid);
  await sleep(IDLE_MS);
  note('idle, % of a core', name, (100 * (ticks(server.pid) - before) * TICK_MS) / IDLE_MS);
  note('memory, MiB', name, rss([server.pid]));
  await server.stop();
}

function last(what: string, build: 'before' | 'now'): number {
  return figures.get(what)?.[build].at(-1) ?? Number.NaN;
}

/** Returns the CPU time of a process so far, in clock ticks (proc(5), fields 14 and 15 of stat). */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
