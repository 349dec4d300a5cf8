import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../bin/carillon.mjs', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built binary in a process of its own, with what it has written so far. */
export interface Running {
  readonly stdout: string;
  readonly stderr: string;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** Starts `carillon` with these arguments. Nothing of the environment but what is given names a server. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin: string | Buffer = '',
): Running {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [BINARY, ...args], { env: { PATH, HOME, TZ: 'UTC', ...env } });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return {
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...output })),
  };
}

/** Runs `carillon` to its end. */
export function carillon(
  args: readonly string[],
  env?: Record<string, string>,
  stdin?: string | Buffer,
): Promise<Ended> {
  return start(args, env, stdin).ended;
}
