import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../tests/servers/free-port.ts';
import { startServer } from '../tests/servers/server-process.ts';
import { type StandaloneOptions, startStandalone } from '../tests/servers/standalone.ts';

/* Shared by the benchmarks. The server (with its database) runs on core 0, the load on core 1. */

export const HERE = import.meta.dirname;
export const BUILT = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
export const PATH = '/v1/channels/bench';
/** The data of an event as Carillon sends it, so that the yardsticks write as many bytes. */
const YARDSTICK_BODY =
  '{"channel":"bench","seq":123456,"author":{"id":"guest","name":"Guest"},"body":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz%M","createdAt":"2026-01-01T00:00:00.000Z"}';
const BODY = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz%M';

export interface Load {
  delivered: number;
  expected: number;
  gaps: number;
  dups: number;
  deliv_per_s: number;
  p50_ms: number;
  p99_ms: number;
  cpu_us_per_deliv: number;
  rss_kib_per_conn: number;
}

export interface Target {
  port: number;
  pids: number[];
  stream: string;
  post: string;
  body: string;
  /** The credentials of callers, for posts and streams. */
  authorization?: string;
}

/** Starts a Carillon server on core 0. With `output` the server prints to that file, because nothing here reads its output while a load runs. */
export async function carillon(
  env: Record<string, string> = {},
  output?: string,
  name = 'log',
  build: Pick<StandaloneOptions, 'main' | 'node' | 'env'> = {},
) {
  const standalone = await startStandalone({
    ...build,
    env: { ...build.env, ...env },
    ...(output !== undefined && { output: join(output, name) }),
  });
  pin(standalone.pid);
  const { port, adminPort, pid } = standalone;
  const paths = { stream: `${PATH}/stream`, post: `${PATH}/messages`, body: BODY };
  return { port, adminPort, pids: [pid], ...paths, stop: () => standalone.stop() };
}

/** Starts the yardstick in C; {@link compile} it first. */
export async function rawC() {
  return yardstick(join(BUILT, 'raw-loop'), []);
}

/** Starts the yardstick on Node. */
export async function rawNode() {
  return yardstick(process.execPath, [join(HERE, 'raw-loop.mjs')]);
}

async function yardstick(command: string, args: string[]) {
  const port = await freePort();
  const server = await startServer(command, [...args, String(port)], port);
  pin(server.pid);
  const paths = { stream: '/s', post: '/p', body: YARDSTICK_BODY };
  return { port, pids: [server.pid], ...paths, stop: () => server.stop() };
}

/** Runs sseload with these arguments against a server, on core 1. Returns what it prints. Throws if it fails or takes 120 s. */
export function sseload({ port, pids, stream, post, body, authorization }: Target, args: string[]): Load {
  const target = ['-p', String(port), '-s', stream, '-u', post, '-b', body, '-k', pids.join(',')];
  if (authorization !== undefined) target.push('-h', authorization, '-g', authorization);
  return JSON.parse(onLoadCore(join(BUILT, 'sseload'), [...target, ...args])) as Load;
}

/** Posts over 64 connections for 8 s, on core 1. Returns the counts, and the 99th percentile of the response time in ms. */
export function postsOn({ port, authorization = '' }: Target): {
  perSecond: number;
  posted: number;
  p99: number;
  failed: number;
} {
  const args = [join(HERE, 'posts.mjs'), String(port), '64', '8', authorization];
  return JSON.parse(onLoadCore(process.execPath, args)) as ReturnType<typeof postsOn>;
}

/** Runs a command on core 1. Returns its stdout. Throws if it fails or takes longer than 120 s. */
export function onLoadCore(command: string, args: string[]): string {
  const { stdout, stderr, status } = spawnSync('taskset', ['-c', '1', command, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** Moves all threads of a process to core 0. */
export function pin(pid: number): void {
  execFileSync('taskset', ['-acp', '0', String(pid)], { stdio: 'ignore' });
}

/** Compiles C programs of this directory, named without `.c`, into {@link BUILT}. Throws if gcc fails. */
export function compile(...programs: string[]): void {
  for (const program of programs) {
    execFileSync('gcc', ['-O2', '-w', '-o', join(BUILT, program), join(HERE, `${program}.c`)]);
  }
}

/** Returns the resident memory of the processes together, MiB. */
export function rss(pids: number[]): number {
  const kib = pids.map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
  );
  return Math.round(kib.reduce((sum, value) => sum + value, 0) / 1024);
}

/** Returns the ratio with two decimals; empty without a yardstick. */
export function ratio(value: number, yardstick: number | undefined): string {
  return yardstick === undefined ? '' : (value / yardstick).toFixed(2);
}

/** Returns the median, the upper one of an even count; NaN if there are no numbers. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Returns the load average of the last minute (proc(5)). */
export function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 1).join('');
}
