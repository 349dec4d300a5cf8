import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Servers start in a second or less; a busy machine takes longer. */
const START_WITHIN_MS = 60_000;

/** A real server in a process of its own, which a test may kill and freeze. */
export interface ServerProcess {
  /** NaN once it has ended: the number may be another process's by then. */
  readonly pid: number;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Sends the signal and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: its connections stay, and nothing answers. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Starts it again on the same port, after a kill or instead of one. */
  restart(): Promise<void>;
}

/** Runs a server, and waits until it answers on its TCP port of 127.0.0.1; rejects with what it printed where it does not. */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv = process.env,
  withinMs = START_WITHIN_MS,
): Promise<ServerProcess> {
  const start = () => spawnUntilItAnswers(command, args, port, env, withinMs);
  let child = await start();
  return {
    get pid() {
      return hasEnded(child) ? Number.NaN : (child.pid ?? Number.NaN);
    },
    async stop() {
      child.kill('SIGCONT');
      await end(child, 'SIGTERM');
    },
    kill: (signal = 'SIGKILL') => end(child, signal),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async restart() {
      await end(child, 'SIGKILL');
      child = await start();
    },
  };
}

async function spawnUntilItAnswers(
  command: string,
  args: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv,
  withinMs: number,
): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-4_000);
  });
  const deadline = Date.now() + withinMs;
  while (!(await answers(port))) {
    if (hasEnded(child) || Date.now() > deadline) {
      await end(child, 'SIGKILL');
      throw new Error(`${command} did not start on port ${port}:\n${printed}`);
    }
    await sleep(20);
  }
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
