import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type Cluster, clusterInstalled, startCluster } from '../faults/cluster/cluster.ts';
import {
  type Prometheus,
  prometheusInstalled,
  startExporter,
  startPrometheus,
} from '../servers/prometheus.ts';
import { OBSERVABILITY, ruleFiles } from './rule-files.ts';
import { scaled } from './scaled-rules.ts';

/** Of every time in the rules: 5 min are 10 s. */
const TIME_SCALE = 30;

/** As often as two cores bear beside all the rest; the shortest window has five. */
const SCRAPE_INTERVAL = '2s';

export const ADMIN_TOKEN = 'the-admin-token-of-the-observed-stack';

export const observedStackInstalled: boolean = [clusterInstalled, prometheusInstalled].every(Boolean);

/** A cluster with a Prometheus that watches it by the configuration of `observability/`. */
export interface ObservedStack {
  readonly cluster: Cluster;
  readonly prometheus: Prometheus;
  /** Where the worker writes exports. */
  readonly exportDir: string;
  stop(): Promise<void>;
}

/**
 * Starts everything. Of Prometheus' configuration only addresses and the scrape interval are others, and brokers are asked
 * without TLS, since those of the tests have none. `timeScale` is by how much times of the rules are shorter.
 */
export async function startObservedStack({ timeScale = TIME_SCALE } = {}): Promise<ObservedStack> {
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    return { ...(await startParts(started, timeScale)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  started: (() => Promise<void>)[],
  timeScale: number,
): Promise<Omit<ObservedStack, 'stop'>> {
  async function keep<Part extends { stop(): Promise<void> }>(starting: Promise<Part>): Promise<Part> {
    const part = await starting;
    started.push(() => part.stop());
    return part;
  }
  const directory = mkdtempSync(join(tmpdir(), 'carillon-observed-'));
  started.push(async () => rmSync(directory, { recursive: true, force: true }));
  const exportDir = join(directory, 'exports');
  mkdirSync(exportDir);
  const env = { EXPORT_DIR: exportDir, ADMIN_TOKEN, WEBHOOK_ALLOW_PRIVATE: 'on', RETAIN_DAYS: '1' };
  const cluster = await keep(startCluster({ withWorker: true, env }));
  const { nginx, postgres, redis } = cluster;

  const blackbox = join(directory, 'blackbox.yml');
  writeFileSync(blackbox, stringify(withoutTls(join(OBSERVABILITY, 'blackbox/blackbox.yml'))));
  const exporters = await Promise.all([
    keep(startExporter('nginx', { env: { SCRAPE_URI: `http://127.0.0.1:${nginx.adminPort}/status` } })),
    keep(startExporter('postgres', { env: { DATA_SOURCE_NAME: `${postgres.url}?sslmode=disable` } })),
    keep(
      startExporter('redis', {
        env: { REDIS_ADDR: `redis://127.0.0.1:${redis.port}`, REDIS_PASSWORD: redis.password },
      }),
    ),
    keep(startExporter('blackbox', { args: [`--config.file=${blackbox}`] })),
    keep(
      startExporter('node', {
        // With `overlay`, which a test can fill.
        args: [
          '--collector.filesystem.fs-types-exclude=^(autofs|cgroup2?|devpts|devtmpfs|mqueue|nsfs|proc|securityfs|sysfs|tracefs)$',
        ],
      }),
    ),
  ]);
  const [nginxExporter, postgresExporter, redisExporter, blackboxExporter, nodeExporter] = exporters;
  const addresses: Record<string, string> = {
    'nginx-exporter:9113': local(nginxExporter.port),
    'postgres-exporter:9187': local(postgresExporter.port),
    'redis-exporter:9121': local(redisExporter.port),
    'blackbox-exporter:9115': local(blackboxExporter.port),
    'node-exporter:9100': local(nodeExporter.port),
    'mosquitto:8883': local(cluster.mosquitto.port),
    'kafka:9093': local(cluster.kafka.port),
  };
  const instances: Record<string, string[]> = {
    'chat-service': cluster.chat.map(({ adminPort }) => local(adminPort)),
    'broadcast-sse': cluster.broadcast.map(({ adminPort }) => local(adminPort)),
    worker: cluster.workers.map(({ adminPort }) => local(adminPort)),
  };
  mkdirSync(join(directory, 'rules'));
  for (const [name, file] of Object.entries(ruleFiles()))
    writeFileSync(join(directory, 'rules', name), stringify(scaled(file, timeScale)));
  const config = join(directory, 'prometheus.yml');
  writeFileSync(config, stringify(withAddresses(addresses, instances, nginx.secureUrl)));
  const prometheus = await keep(startPrometheus(config));
  return { cluster, prometheus, exportDir };
}

const local = (port: number) => `127.0.0.1:${port}`;

const staticConfigs = z.array(z.looseObject({ targets: z.array(z.string()) }));
const job = z.looseObject({
  job_name: z.string(),
  dns_sd_configs: z.array(z.object({ names: z.array(z.string()) })).optional(),
  static_configs: staticConfigs.optional(),
  relabel_configs: z.array(z.looseObject({ replacement: z.string().optional() })).optional(),
});
const configuration = z.looseObject({ scrape_configs: z.array(job) });

/** nginx's, as prometheus.yml has it. */
const ORIGIN = 'https://nginx:8443';

/** Jobs that a test leaves out: Prometheus itself, whose port is not known yet, and Alertmanager, which does not run. */
const LEFT_OUT = ['prometheus', 'alertmanager'];

function withAddresses(
  addresses: Record<string, string>,
  instances: Record<string, string[]>,
  origin: string,
): object {
  const text = readFileSync(join(OBSERVABILITY, 'prometheus/prometheus.yml'), 'utf8');
  const { alerting: _, ...config } = configuration.parse(parse(text));
  const known = (address: string) => {
    const found = address.startsWith(ORIGIN) ? origin + address.slice(ORIGIN.length) : addresses[address];
    if (found === undefined) throw new Error(`prometheus.yml asks ${address}, which the test does not know`);
    return found;
  };
  return {
    ...config,
    global: { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: SCRAPE_INTERVAL, evaluation_interval: '1s' },
    scrape_configs: config.scrape_configs
      .filter(({ job_name }) => !LEFT_OUT.includes(job_name))
      .map(({ scrape_interval: _, dns_sd_configs, static_configs, ...each }) => ({
        ...each,
        static_configs:
          dns_sd_configs === undefined
            ? static_configs?.map(({ targets, ...rest }) => ({ ...rest, targets: targets.map(known) }))
            : [
                {
                  targets: dns_sd_configs.flatMap(({ names }) =>
                    names.flatMap((name) => instances[name] ?? []),
                  ),
                },
              ],
        relabel_configs: each.relabel_configs?.map((relabel) =>
          relabel.replacement === undefined
            ? relabel
            : { ...relabel, replacement: known(relabel.replacement) },
        ),
      })),
  };
}

const modules = z.object({
  modules: z.record(z.string(), z.looseObject({ tcp: z.looseObject({}).optional() })),
});

function withoutTls(path: string): object {
  const parsed = modules.parse(parse(readFileSync(path, 'utf8')));
  const { tls } = parsed.modules;
  if (tls !== undefined) tls.tcp = { preferred_ip_protocol: 'ip4' };
  return parsed;
}
