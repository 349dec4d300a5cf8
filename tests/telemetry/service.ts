import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.ts';
import { freePort } from '../servers/free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A process on a crowded machine loads all it imports in seconds. */
const READY_WITHIN_MS = 90_000;

/** It drains, and is killed by itself after ten seconds. */
const STOP_WITHIN_MS = 20_000;

/** A built service (`npm run build`) as a process of its own, and all that it printed. */
export interface Service {
  readonly url: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** On both outputs. */
  output(): string;
  /** The lines of its log with this message. */
  lines(message: string): Record<string, unknown>[];
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts a service on free ports, and waits until it is ready. */
export async function startService(
  name: 'chat-service' | 'broadcast-sse' | 'worker' | 'hello-bot',
  env: Record<string, string>,
): Promise<Service> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [`${ROOT}/${name}/dist/main.js`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', PORT: String(port), ADMIN_PORT: String(adminPort), ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const isReady = async () => {
    if (hasEnded(child)) throw new Error(`${name} ended while it started:\n${output}`);
    return fetch(`${adminUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  process.once('exit', () => child.kill('SIGKILL'));
  await eventually(`${name} to be ready`, isReady, READY_WITHIN_MS);
  return {
    url: `http://127.0.0.1:${port}`,
    adminUrl,
    pid: child.pid ?? Number.NaN,
    output: () => output,
    lines: (message) => linesOf(output).filter(({ msg }) => msg === message),
    async stop() {
      if (hasEnded(child)) return child.exitCode;
      // With all that it printed.
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(late);
      return child.exitCode;
    },
  };
}

/** The lines of JSON among what was printed. */
export function linesOf(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
