import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseConfig } from '../../packages/runtime/src/index.ts';
import { standaloneConfig, startStandalone } from '../../standalone/src/index.ts';
import { type Answer, call } from './caller.ts';

/** All of Carillon in this process, and every line that it logs. */
export interface Target {
  readonly url: string;
  readonly port: number;
  readonly logged: string[];
  /** A call, its path and headers sent as they are. */
  call(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function startTarget(env: Record<string, string>): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-attack-'));
  const config = parseConfig(standaloneConfig, {
    PORT: '0',
    ADMIN_PORT: '0',
    HOST: '127.0.0.1',
    BUS_URL: 'memory:',
    HELLO_BOT: 'off',
    DRAIN_SECONDS: '0',
    DATA_DIR: directory,
    ...env,
  });
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const scope = new AsyncDisposableStack();
  const stopping = new AbortController().signal;
  const { port } = await startStandalone(config, { service: 'standalone', log, stopping, scope });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logged,
    call: (method, path, headers, body) => call(port, { method, path, headers, body }),
    async close() {
      await scope.disposeAsync();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
