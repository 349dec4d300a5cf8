import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

const fixture = fileURLToPath(new URL('fixtures/service.mjs', import.meta.url));

export interface Process {
  output: { stdout: string; stderr: string };
  /** Waits until stdout has the text. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  end: Promise<number | NodeJS.Signals>;
}

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** Starts a service; it is killed after the test. */
export function run(environment: Record<string, string> = {}): Process {
  const started = spawn(process.execPath, [fixture], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  const output = { stdout: '', stderr: '' };
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const end = once(started, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    output,
    async says(text) {
      while (!output.stdout.includes(text)) {
        const more = await Promise.race([once(started.stdout, 'data'), end.then(() => undefined)]);
        if (more === undefined) throw new Error(`ended without "${text}": ${output.stdout}${output.stderr}`);
      }
    },
    kill: (signal) => started.kill(signal),
    end,
  };
}

/** Of the lines of a log. */
export function messages(stdout: string): unknown[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);
}
