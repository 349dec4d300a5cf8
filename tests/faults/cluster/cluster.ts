import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../servers/free-port.ts';
import { type Kafka, kafkaInstalled, startKafka } from '../../servers/kafka.ts';
import { type Mosquitto, mosquittoInstalled, startMosquitto } from '../../servers/mosquitto.ts';
import { type Nginx, nginxInstalled, startNginx } from '../../servers/nginx.ts';
import { type Postgres, postgresInstalled, startPostgres } from '../../servers/postgres.ts';
import { type Redis, redisInstalled, startRedis } from '../../servers/redis.ts';
import { type ServerProcess, startServer } from '../../servers/server-process.ts';
import { type Consumer, consume } from './consumer.ts';

/** The code that lies here. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A node opens its store and its bus first; several start at once, on a machine that is busy. */
const READY_WITHIN_MS = 120_000;

/** The window over which readers return from a node that is stopped, s. */
export const DRAIN_SECONDS = 5;

/**
 * All clients of a trial have one address, and its writers make some 220 calls in a second on a machine that is quiet: nginx's
 * 200, and 400 on top, would last for half a minute. For the services `RATE_LIMIT` says it.
 */
const NO_LIMIT_OF_CALLS = { CALLS_PER_SECOND: '100000', CALLS_BURST: '100000' };

/** What of a node's log is shown with a failure, characters from its end. */
const MAX_LOG = 4_000;

/** Whether everything that a cluster needs is installed; what is missing has been printed. */
export const oneBusClusterInstalled: boolean = [
  mosquittoInstalled,
  nginxInstalled,
  postgresInstalled,
  redisInstalled,
].every(Boolean);

/** And all that one of two buses is made of. */
export const clusterInstalled: boolean = [oneBusClusterInstalled, kafkaInstalled].every(Boolean);

/** One process of a service. */
export interface Node extends ServerProcess {
  readonly name: string;
  readonly port: number;
  readonly adminPort: number;
  /** Resolves when it says that it is ready; rejects, with the end of its log, where it does not. */
  ready(): Promise<void>;
  /** Ends it by SIGTERM, and starts the code of another folder in its place. */
  replace(root: string): Promise<void>;
  /** The value of one of its metrics. */
  metric(name: string): Promise<number>;
}

/** Two nodes of each service behind nginx, on real servers: each part a process that can be killed, frozen and started again. */
export interface OneBusCluster {
  /** nginx's: the only address that clients know. */
  readonly origin: string;
  readonly nginx: Nginx;
  readonly chat: readonly Node[];
  readonly broadcast: readonly Node[];
  /** None where not asked for. */
  readonly workers: readonly Node[];
  /** The database that they share. */
  readonly historyUrl: string;
  readonly postgres: Postgres;
  /** The bus that streams are fed from. */
  readonly mosquitto: Mosquitto;
  readonly redis: Redis;
  /** Of every listening socket of the cluster. */
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

export interface Cluster extends OneBusCluster {
  /** The second bus, for other programs. */
  readonly kafka: Kafka;
  /** One of these programs. */
  readonly consumer: Consumer;
}

export interface ClusterOptions {
  /** Variables of all services, besides those that say where their servers are. */
  env?: Readonly<Record<string, string>>;
  /** A checkout of another version, built, that the nodes are of. */
  root?: string;
  /** A worker for the jobs too. */
  withWorker?: boolean;
}

/** Starts everything (`npm run build` first). What has started is stopped again where one does not. */
export function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  return startTogether(async (keep) => {
    const kafka = await keep(startKafka());
    const consumer = await keep(consume(kafka.url));
    const parts = await startParts(keep, [kafka.url], options);
    return { ...parts, ports: [...parts.ports, kafka.port], kafka, consumer };
  });
}

/** The same without the second bus, which takes as long to start as all the rest. */
export function startOneBusCluster(options: ClusterOptions = {}): Promise<OneBusCluster> {
  return startTogether((keep) => startParts(keep, [], options));
}

/** Notes a part that starts, so that it is stopped with the others. */
type Keep = <Part extends { stop(): Promise<void> }>(starting: Promise<Part>) => Promise<Part>;

async function startTogether<Parts>(
  start: (keep: Keep) => Promise<Parts>,
): Promise<Parts & { stop(): Promise<void> }> {
  const started: Promise<{ stop(): Promise<void> }>[] = [];
  /** The last one first: a service before what it needs. One that did not start has stopped by itself. */
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await (await part.catch(() => undefined))?.stop();
  };
  try {
    const parts = await start((starting) => {
      started.push(starting);
      return starting;
    });
    return { ...parts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  keep: Keep,
  otherBuses: readonly string[],
  options: ClusterOptions,
): Promise<Omit<OneBusCluster, 'stop'>> {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-cluster-'));
  await keep(Promise.resolve({ stop: async () => rmSync(directory, { recursive: true, force: true }) }));
  const [postgres, mosquitto, redis] = await Promise.all([
    keep(startPostgres()),
    keep(startMosquitto()),
    keep(startRedis()),
  ]);
  const historyUrl = await postgres.createDatabase();
  const env = {
    HISTORY_URL: historyUrl,
    BUS_URL: [mosquitto.url, ...otherBuses].join(' '),
    PRESENCE_URL: redis.url,
    SESSION_SECRET: 'a secret of the fault tests',
    DRAIN_SECONDS: String(DRAIN_SECONDS),
    TRUST_PROXY: 'on',
    RATE_LIMIT: 'off',
    ...(options.withWorker && { JOBS_URL: redis.url }),
    ...options.env,
  };
  const start = (service: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        keep(
          startNode({
            service,
            name: `${service}-${index + 1}`,
            directory,
            env,
            root: options.root ?? ROOT,
          }),
        ),
      ),
    );
  const [chat, broadcast, workers] = await Promise.all([
    start('chat-service', 2),
    start('broadcast-sse', 2),
    start('worker', options.withWorker ? 1 : 0),
  ]);
  const portsOf = (nodes: readonly { port: number }[]) => nodes.map(({ port }) => port);
  const nginx = await keep(
    startNginx({ chat: portsOf(chat), broadcast: portsOf(broadcast), env: NO_LIMIT_OF_CALLS }),
  );
  const ports = portsOf([nginx, ...broadcast, ...chat, mosquitto, redis, postgres]);
  return {
    origin: nginx.url,
    ports,
    ...{ nginx, chat, broadcast, workers },
    ...{ historyUrl, postgres, mosquitto, redis },
  };
}

async function startNode(options: {
  service: string;
  name: string;
  directory: string;
  env: Record<string, string>;
  root: string;
}): Promise<Node> {
  const { service, name, directory } = options;
  const adminPort = await freePort();
  // The worker has no other.
  const port = service === 'worker' ? adminPort : await freePort();
  const log = join(directory, `${name}.log`);
  // Its code is where this leads.
  const code = join(directory, name);
  symlinkSync(options.root, code);
  const env = { ...process.env, ...options.env, PORT: String(port), ADMIN_PORT: String(adminPort) };
  // The shell only sends the output to a file, and becomes the node.
  const command = [
    '-c',
    `exec "$0" "$1" >>"$2" 2>&1`,
    process.execPath,
    join(code, service, 'dist/main.js'),
    log,
  ];
  const server = await startServer('/bin/sh', command, port, env);
  const admin = (path: string) =>
    fetch(`http://127.0.0.1:${adminPort}${path}`, { signal: AbortSignal.timeout(2_000) });

  async function ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const answer = await admin('/readyz').catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) return;
      if (Date.now() > deadline)
        throw new Error(`${name} is not ready:\n${readFileSync(log, 'utf8').slice(-MAX_LOG)}`);
      await sleep(50);
    }
  }

  const { restart } = server;
  await ready().catch(async (error: unknown) => {
    await server.kill();
    throw error;
  });
  return Object.assign(server, {
    name,
    port,
    adminPort,
    ready,
    async metric(wanted: string) {
      const text = await (await admin('/metrics')).text();
      return Number(new RegExp(`^${wanted} (.*)$`, 'm').exec(text)?.[1]);
    },
    async restart() {
      await restart();
      await ready();
    },
    async replace(root: string) {
      await server.kill('SIGTERM');
      rmSync(code);
      symlinkSync(root, code);
      await restart();
      await ready();
    },
  });
}
