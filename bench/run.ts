/**
 * `npm run bench`: the figures of this build, each next to its yardstick in the same run. The server (with its database) runs on
 * core 0, the load on core 1. `npm run bench -- fanout` runs one part: fanout, idle, posts, identity, traces, latency, return, large.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../tests/servers/free-port.ts';
import { postgresInstalled, startPostgres } from '../tests/servers/postgres.ts';
import { startServer } from '../tests/servers/server-process.ts';
import { JWT_SECRET, signToken } from '../tests/servers/tokens.ts';
import {
  BUILT,
  carillon,
  compile,
  HERE,
  loadAverage,
  median,
  onLoadCore,
  PATH,
  pin,
  postsOn,
  ratio,
  rawC,
  rawNode,
  rss,
  sseload,
  type Target,
} from './fixture.ts';
import { large } from './large.ts';

/** Turns of each comparison: the machine drifts, so only what differs in every turn is a difference. */
const IDENTITY_TURNS = 3;
const TRACES_TURNS = 12;
/** Posts per second with one reader, so that deliveries equal posts. */
const POSTS_ALONE = ['-n', '1', '-r', '1000', '-d', '4', '-N', '32'];
const DELIVERIES = ['-n', '1000', '-r', '50', '-d', '4', '-N', '1'];

const parts: Record<string, () => Promise<void>> = {
  fanout,
  idle,
  posts,
  identity,
  traces,
  latency,
  return: returning,
  large,
};
const asked = process.argv.slice(2);
compile('sseload', 'raw-loop', 'returning');
console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, load ${loadAverage()}`);
for (const [name, part] of Object.entries(parts))
  if (asked.length === 0 || asked.includes(name)) await part();
process.exit(0);

async function fanout(): Promise<void> {
  console.log('\nFan-out: CPU per delivery and latency from before the POST to the read');
  const loads: [title: string, args: string[]][] = [
    ['1,000 x 50/s', ['-n', '1000', '-r', '50', '-d', '8', '-N', '1']],
    ['10,000 x 10/s', ['-n', '10000', '-r', '10', '-d', '8', '-N', '1']],
    ['10,000 x 300/s', ['-n', '10000', '-r', '300', '-d', '10', '-N', '16']],
    ['10,000 x 500/s', ['-n', '10000', '-r', '500', '-d', '10', '-N', '32']],
  ];
  const rows: Record<string, unknown>[] = [];
  for (const [title, args] of loads) {
    const saturated = title.includes('00/s');
    const servers: [string, () => Promise<Target & { stop(): Promise<void> }>][] = [
      ...(saturated
        ? []
        : ([
            ['raw C loop', rawC],
            ['raw node loop', rawNode],
          ] as [string, typeof rawC][])),
      ['carillon', carillon],
    ];
    const cost: Record<string, number> = {};
    for (const [name, start] of servers) {
      const server = await start();
      const load = sseload(server, args);
      await server.stop();
      cost[name] = load.cpu_us_per_deliv;
      rows.push({
        load: title,
        server: name,
        'deliveries/s': Math.round(load.deliv_per_s),
        missing: load.expected - load.delivered,
        'us/delivery': load.cpu_us_per_deliv,
        'x raw C': ratio(load.cpu_us_per_deliv, cost['raw C loop']),
        'x raw node': ratio(load.cpu_us_per_deliv, cost['raw node loop']),
        'p50 ms': load.p50_ms,
        'p99 ms': load.p99_ms,
      });
    }
  }
  console.table(rows);
}

async function idle(): Promise<void> {
  console.log('\nMemory of idle connections (RSS of the server, before and after)');
  // On PostgreSQL: the memory of an embedded database varies by more than 10,000 connections need.
  const postgres = await startPostgres();
  const server = await carillon({ HISTORY_URL: postgres.url });
  const before = rss(server.pids);
  const load = sseload(server, ['-n', '10000', '-r', '0', '-d', '5']);
  await server.stop();
  await postgres.stop();
  console.table([{ connections: 10_000, 'RSS before MiB': before, 'KiB/connection': load.rss_kib_per_conn }]);
}

async function posts(): Promise<void> {
  console.log('\nPosting: 64 connections, each post with an idempotency key and durable before its 201');
  const rows: Record<string, unknown>[] = [];
  for (const store of ['embedded', 'PostgreSQL'] as const) {
    if (store === 'PostgreSQL' && !postgresInstalled) continue;
    const postgres = store === 'PostgreSQL' ? await startPostgres() : undefined;
    if (postgres !== undefined) pin(postgres.pid);
    const server = await carillon(postgres === undefined ? {} : { HISTORY_URL: postgres.url });
    rows.push({ store, ...postsOn(server) });
    await server.stop();
    await postgres?.stop();
  }
  console.table(rows);
}

async function identity(): Promise<void> {
  console.log(
    '\nThe cost of identity: all callers as guests, against a token on each post and stream, alternating',
  );
  const rows: Record<string, unknown>[] = [];
  for (let turn = 1; turn <= IDENTITY_TURNS; turn++) {
    for (const auth of ['open', 'jwt'] as const) {
      const server = auth === 'open' ? await carillon() : await carillonWithTokens();
      const load = sseload(server, ['-n', '1000', '-r', '50', '-d', '8', '-N', '1']);
      const posted = postsOn(server);
      await server.stop();
      rows.push({
        turn,
        AUTH: auth,
        missing: load.expected - load.delivered,
        'us/delivery, 1,000 x 50/s': load.cpu_us_per_deliv,
        'posts/s': posted.perSecond,
        'posts p99 ms': posted.p99,
        failed: posted.failed,
      });
    }
  }
  console.table(rows);
}

async function traces(): Promise<void> {
  console.log(
    '\nThe cost of a log line for each request, and of tracing 1 % of the requests: CPU of the chat, in short alternating turns, on PostgreSQL',
  );
  const port = await freePort();
  const collector = await startServer(process.execPath, [join(HERE, 'collector.mjs'), String(port)], port);
  const postgres = await startPostgres();
  const kinds = {
    'no lines': { LOG_LEVEL: 'warn' },
    lines: { LOG_LEVEL: 'info' },
    'lines, 1 % traced': { LOG_LEVEL: 'info', OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
  };
  const rows: Record<
    string,
    { server: Awaited<ReturnType<typeof carillon>>; posts: number[]; deliveries: number[] }
  > = {};
  for (const [kind, env] of Object.entries(kinds)) {
    const server = await carillon({ ...env, HISTORY_URL: await postgres.createDatabase() }, BUILT, kind);
    sseload(server, POSTS_ALONE);
    sseload(server, DELIVERIES);
    rows[kind] = { server, posts: [], deliveries: [] };
  }
  for (let turn = 0; turn < TRACES_TURNS; turn++) {
    for (const { server, posts, deliveries } of Object.values(rows)) {
      posts.push(sseload(server, POSTS_ALONE).cpu_us_per_deliv);
      deliveries.push(sseload(server, DELIVERIES).cpu_us_per_deliv);
    }
  }
  for (const { server } of Object.values(rows)) await server.stop();
  await postgres.stop();
  await collector.stop();
  const first = Object.values(rows)[0];
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([kind, { posts, deliveries }]) => [
        kind,
        {
          'us/post, 1,000/s': median(posts).toFixed(1),
          'of the first': spread(posts.map((each, turn) => each / (first?.posts[turn] ?? each))),
          'us/delivery, 1,000 x 50/s': median(deliveries).toFixed(2),
          'of the first ': spread(deliveries.map((each, turn) => each / (first?.deliveries[turn] ?? each))),
        },
      ]),
    ),
  );
}

/** Returns the median and the interquartile range as text. */
function spread(numbers: number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(3);
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`;
}

async function carillonWithTokens() {
  const server = await carillon({ AUTH: 'jwt', JWT_SECRET });
  const grants = { subscribe: ['bench'], publish: ['bench'] };
  return { ...server, authorization: `Authorization: Bearer ${signToken('ada', { carillon: grants })}` };
}

async function latency(): Promise<void> {
  console.log('\nLatency, unloaded: 1 subscriber, 20 posts/s, over MQTT');
  const server = await carillon();
  const load = sseload(server, ['-n', '1', '-r', '20', '-d', '8', '-N', '1']);
  await server.stop();
  console.table([{ 'p50 ms': load.p50_ms, 'p99 ms': load.p99_ms }]);
}

async function returning(): Promise<void> {
  console.log('\n10,000 readers reconnect at once, each 100 messages behind');
  const server = await carillon();
  for (let index = 0; index < 100; index++) {
    await fetch(`http://127.0.0.1:${server.port}${server.post}`, {
      method: 'POST',
      body: `${index} ${'x'.repeat(85)}`,
    });
  }
  const epoch = await epochOf(server.port);
  const result = onLoadCore(join(BUILT, 'returning'), [
    ...[String(server.port), server.stream, `${epoch}.0`, '1', '100', '10000'],
  ]);
  const metrics = await (await fetch(`http://127.0.0.1:${server.adminPort}/metrics`)).text();
  await server.stop();
  const reads = Number(/^carillon_replay_reads_total (\d+)/m.exec(metrics)?.[1]);
  console.table([{ ...(JSON.parse(result) as object), 'reads of the store': reads }]);
}

/** Returns the epoch, from the id of the `open` event. */
async function epochOf(port: number): Promise<string> {
  const abort = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}${PATH}/stream`, { signal: abort.signal });
  const reader = answer.body?.getReader();
  let text = '';
  while (reader !== undefined && !text.includes('\n\n'))
    text += new TextDecoder().decode((await reader.read()).value);
  abort.abort();
  await sleep(100);
  return /^id: ([a-z0-9]+)\./m.exec(text)?.[1] ?? '';
}
