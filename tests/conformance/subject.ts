import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What an application is told, as a line of JSON says it. */
export type Line = { saw: string } & Record<string, unknown>;

/** An SDK under test: it takes commands and says what the application saw. */
export interface Subject {
  command(command: Record<string, unknown>): void;
  /** What is told from now on goes to `listener`. */
  listen(listener: (line: Line) => void): void;
  close(): Promise<void>;
}

/** Starts an adapter as a process: commands go in and lines come out, one JSON value on a line. */
export function startProcess(command: string, args: readonly string[]): Subject {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let tell: (line: Line) => void = () => {};
  createInterface({ input: child.stdout }).on('line', (text) => tell(JSON.parse(text) as Line));
  return {
    command: (value) => void child.stdin.write(`${JSON.stringify(value)}\n`),
    listen(listener) {
      tell = listener;
    },
    close() {
      child.stdin.end();
      setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS).unref();
      return ended;
    },
  };
}

/** The end of its input is the end of an adapter. */
const ENDS_WITHIN_MS = 5_000;
