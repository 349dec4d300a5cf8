import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ForeignClient } from './clients.ts';

/** What is kept of what a program says of its troubles, characters. */
const MAX_ERRORS = 2_000;

/** What a program printed of an event. */
export interface Line {
  /** `message` where it has no name. */
  event: string;
  id: string;
  data: string;
}

export interface Program {
  readonly lines: readonly Line[];
  /** How it ended by itself; undefined while it runs. */
  readonly ended: string | undefined;
  readonly errors: string;
  /** Kills it, and waits for its end. */
  end(): Promise<void>;
}

/** What a client's program is to read: these channels, from their first message. */
export function urlOf({ heartbeat }: ForeignClient, port: number, channels: readonly string[]): string {
  const [only = '', ...others] = channels;
  const path = others.length === 0 ? `/v1/channels/${only}/stream` : '/v1/stream';
  const query = new URLSearchParams(others.length === 0 ? [] : channels.map((name) => ['channel', name]));
  query.set('since', 'earliest');
  if (heartbeat !== undefined) query.set('heartbeat', String(heartbeat));
  return `http://127.0.0.1:${port}${path}?${query}`;
}

/** Starts a program of this folder, which reads the stream at `url` and prints of each event its name, its id and its data, with tabs between them. */
export function startProgram(command: readonly string[], url: string): Program {
  const [file = '', ...args] = command;
  const child = spawn(file, [...args, url], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Line[] = [];
  let errors = '';
  let ended: string | undefined;
  const exited = once(child, 'close').then(() => {
    ended = `exit code ${child.exitCode}, signal ${child.signalCode}`;
  });
  child.on('error', (error) => {
    ended = String(error);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MAX_ERRORS);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [event = '', id = '', data = ''] = line.split('\t');
    lines.push({ event: event || 'message', id, data });
  });
  return {
    lines,
    get ended() {
      return ended;
    },
    get errors() {
      return errors;
    },
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
