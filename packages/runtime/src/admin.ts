import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Log } from './log.ts';

/** A readiness check that takes longer has failed, ms: shorter than an orchestrator's own patience. */
const READY_TIMEOUT_MS = 2_000;

export interface Admin {
  port: number;
  close(): Promise<void>;
}

/**
 * Serves what operators ask, on a port that no proxy leads to: `/healthz` (the process answers), `/readyz` (200 where
 * `ready` resolves, else 503), `/metrics` (Prometheus).
 */
export async function serveAdmin(options: {
  port: number;
  host?: string;
  registry: Registry;
  ready: () => Promise<void>;
  log: Log;
}): Promise<Admin> {
  const { port, host, registry, ready, log } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/healthz') return answer(response, 200, 'ok\n');
    if (path === '/readyz') {
      return void within(ready()).then(
        () => answer(response, 200, 'ready\n'),
        (error: unknown) => {
          log.warn({ err: error }, 'not ready');
          answer(response, 503, 'not ready\n');
        },
      );
    }
    if (path === '/metrics') {
      return void registry.metrics().then(
        (text) => answer(response, 200, text, registry.contentType),
        () => answer(response, 500, 'metrics cannot be collected\n'),
      );
    }
    answer(response, 404, 'there are /healthz, /readyz and /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'Content-Type': type }).end(text);
}

async function within(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the check took too long')), READY_TIMEOUT_MS);
  });
  try {
    await Promise.race([check, late]);
  } finally {
    clearTimeout(timer);
  }
}
