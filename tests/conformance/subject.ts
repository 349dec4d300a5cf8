import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What an application sees: one line of JSON from the adapter. */
export type Line = { saw: string } & Record<string, unknown>;

/** What an application asks for. */
export type Command = Record<string, unknown>;

/** An SDK under test: it takes commands and says what the application saw. */
export interface Subject {
  command(command: Command): void;
  /** Passes every line from now on to `listener`. */
  listen(listener: (line: Line) => void): void;
  /** How it came to its end, undefined while it goes on. One that has ended takes no more commands. */
  readonly ended: string | undefined;
  close(): Promise<void>;
}

/** Starts an adapter within this process; it is given what takes its lines. */
export function startHere(start: (tell: (line: Line) => void) => { command(value: Command): void }): Subject {
  let tell: (line: Line) => void = () => {};
  const adapter = start((line) => tell(line));
  return {
    command: (value) => adapter.command(value),
    listen(listener) {
      tell = listener;
    },
    ended: undefined,
    close: async () => {},
  };
}

/** Starts an adapter as a process: commands go in and lines come out, one JSON value on a line. */
export function startProcess(command: string, args: readonly string[]): Subject {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let ended: string | undefined;
  let tell: (line: Line) => void = () => {};
  const end = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended ??= code === null ? `it was ended by ${signal}` : `it ended with ${code}`;
      resolve();
    });
    child.once('error', ({ message }) => {
      ended ??= message;
      resolve();
    });
  });
  // A process that has ended reads no commands; its exit is reported on its own.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', (text) => tell(lineOf(text)));
  return {
    command: (value) => void child.stdin.write(`${JSON.stringify(value)}\n`),
    get ended() {
      return ended;
    },
    listen(listener) {
      tell = listener;
    },
    close() {
      child.stdin.end();
      setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS).unref();
      return end;
    },
  };
}

/** What is no line is shown where one was to come. */
function lineOf(text: string): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'saw' in value) return value as Line;
  } catch {
    // Not JSON.
  }
  return { saw: 'no line', text };
}

/** The end of its input is the end of an adapter. */
const ENDS_WITHIN_MS = 5_000;
