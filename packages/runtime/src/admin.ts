import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Log } from './log.ts';
import { expose } from './open-metrics.ts';

/** Less than the few seconds that an orchestrator gives a probe, so that it gets our answer with the reason, ms. */
export const READY_TIMEOUT_MS = 2_000;

export interface AdminOptions {
  /** 0 lets the system choose one. */
  port: number;
  /** Every interface if not given. */
  host?: string;
  registry: Registry;
  /** Rejects if the service cannot serve now. There is one call at a time, and it may take {@link READY_TIMEOUT_MS}. */
  ready: () => Promise<void>;
  log: Log;
}

export interface Admin {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the endpoints for operators on a separate port that no proxy forwards: `/healthz` (the event loop runs),
 * `/readyz` (200, or 503 with the name of the reason) and `/metrics` (as OpenMetrics with exemplars, if `Accept` asks for it).
 * @throws Error of `listen` if the port is in use or not allowed
 */
export async function serveAdmin({ port, host, registry, ready, log }: AdminOptions): Promise<Admin> {
  const readiness = sharedReadiness(ready);

  async function answer({ url, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url?.split('?')[0];
    if (path === '/healthz') return send(response, 200, 'ok\n');
    if (path === '/readyz') {
      const reason = await readiness();
      return reason === undefined ? send(response, 200, 'ready\n') : send(response, 503, `${reason}\n`);
    }
    if (path === '/metrics') {
      const { text, contentType } = await expose(registry, headers.accept);
      return send(response, 200, text, contentType);
    }
    return send(response, 404, 'not found\n');
  }

  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return send(response, 405, 'method not allowed\n');
    }
    answer(request, response).catch((err: unknown) => {
      log.error({ err, path: request.url }, 'admin request failed');
      send(response, 500, 'failed\n');
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Calls `ready` once for all concurrent requests, with a timeout. Returns the reason's name if it is not ready, else undefined. */
function sharedReadiness(ready: () => Promise<void>): () => Promise<string | undefined> {
  let asked: Promise<string | undefined> | undefined;
  return () => {
    asked ??= ask(ready).finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function ask(ready: () => Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, READY_TIMEOUT_MS, 'Timeout');
  });
  try {
    return await Promise.race([ready(), late]).then((name) => name ?? undefined);
  } catch (error) {
    // The message may contain hosts and accounts; the name of the class is enough.
    return error instanceof Error ? error.constructor.name : 'Error';
  } finally {
    clearTimeout(timer);
  }
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
}
