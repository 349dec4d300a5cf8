import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseConfig } from '../../packages/runtime/src/index.ts';
import { standaloneConfig, startStandalone } from '../../standalone/src/index.ts';
import { putEmptyDatabase } from '../servers/empty-database.ts';

/** All of Carillon in this process, and every line that it logs. */
export interface Target {
  readonly url: string;
  readonly port: number;
  readonly logged: string[];
  /** A call, its path and headers sent as they are. */
  call(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of its JSON. */
  readonly code: string | undefined;
}

/** Longer than any call takes: a stream that was opened ends the test's patience, not the test, ms. */
const ANSWER_WITHIN_MS = 15_000;

export async function startTarget(env: Record<string, string>): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-attack-'));
  await putEmptyDatabase(join(directory, 'history'));
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
  const standalone = await startStandalone(config, log);
  const { port } = standalone;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logged,
    call: (method, path, headers = {}, body = undefined) => call(port, { method, path, headers, body }),
    async close() {
      await standalone.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

function call(port: number, { method, path, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: { ...length, ...headers },
    };
    const sent = request({ ...options, timeout: ANSWER_WITHIN_MS }, (response) => {
      let text = '';
      const done = () => {
        const { statusCode: status = 0, headers: found } = response;
        const json = /\bjson\b/.test(found['content-type'] ?? '') ? JSON.parse(text) : {};
        resolve({ status, headers: found, text, code: json.code });
        sent.destroy();
      };
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        // Of a stream its first event.
        if (found(response.headers) && text.includes('\n\n')) done();
      });
      response.on('end', done).on('error', reject);
    });
    const found = (answered: IncomingHttpHeaders) => /event-stream/.test(answered['content-type'] ?? '');
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
    sent.end(body);
  });
}
