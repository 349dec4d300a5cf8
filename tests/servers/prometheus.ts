import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const PROGRAMS = [
  '',
  '-blackbox-exporter',
  '-nginx-exporter',
  '-node-exporter',
  '-postgres-exporter',
  '-redis-exporter',
];

/** Whether Prometheus and its exporters can be started here. Where not, says once how to get them; with `CI=true` that is an error. */
export const prometheusInstalled: boolean = findAll();

/** A Prometheus of its own, on 127.0.0.1, whose series go with it. */
export interface Prometheus extends ServerProcess {
  readonly url: string;
  readonly port: number;
  /** The value of an expression now; `NaN` and infinities are left out, because they are not data. */
  query(expr: string): Promise<Sample[]>;
  /** Its values from `start` to `end`, in s since 1970, every `step` s: the samples of each series. */
  range(
    expr: string,
    start: number,
    end: number,
    step: number,
  ): Promise<(readonly [time: number, value: number])[][]>;
  /** Alerts that fire now. */
  firing(): Promise<Record<string, string>[]>;
}

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

const vector = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});
const matrix = z.object({
  data: z.object({ result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })) }),
});
const scalar = z.object({
  data: z.object({ resultType: z.literal('scalar'), result: z.tuple([z.number(), z.string()]) }),
});
const alerts = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })),
  }),
});

/** A query waits for those that run; a busy machine takes seconds. */
const QUERY_WITHIN_MS = 30_000;

/** Starts a server with the given configuration file. */
export async function startPrometheus(config: string): Promise<Prometheus> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'carillon-prometheus-'));
  const server = await startServer(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${directory}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    port,
  );
  const ask = async (path: string, parameters: Record<string, string> = {}): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
      signal: AbortSignal.timeout(QUERY_WITHIN_MS),
    });
    const json: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${path} ${JSON.stringify(parameters)}: ${JSON.stringify(json)}`);
    return json;
  };
  const { stop } = server;
  return Object.assign(server, {
    port,
    url: `http://127.0.0.1:${port}`,
    async query(expr: string) {
      const answer = await ask('query', { query: expr });
      const single = scalar.safeParse(answer);
      if (single.success) return [{ labels: {}, value: Number(single.data.data.result[1]) }];
      return vector
        .parse(answer)
        .data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
        .filter(({ value }) => Number.isFinite(value));
    },
    async range(expr: string, start: number, end: number, step: number) {
      const asked = { query: expr, start: String(start), end: String(end), step: String(step) };
      const { data } = matrix.parse(await ask('query_range', asked));
      return data.result.map(({ values }) => values.map(([time, value]) => [time, Number(value)] as const));
    },
    async firing() {
      const { data } = alerts.parse(await ask('alerts'));
      return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
    },
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** Starts an exporter by its name, such as `redis`; its own flag for the address to listen at is always the same. */
export async function startExporter(
  name: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<ServerProcess & { port: number }> {
  const port = await freePort();
  const flag = `--web.listen-address=127.0.0.1:${port}`;
  const all = { ...process.env, ...env };
  const server = await startServer(`prometheus-${name}-exporter`, [flag, ...args], port, all);
  return Object.assign(server, { port });
}

function findAll(): boolean {
  try {
    for (const name of PROGRAMS) execFileSync('which', [`prometheus${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    const remedy = 'Prometheus or an exporter is not installed: .ci/install-servers';
    if (process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}
