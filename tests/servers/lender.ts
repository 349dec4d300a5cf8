import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startChromiumServer } from './chromium.ts';
import { startKafka } from './kafka.ts';
import { LENDER } from './lent.ts';
import { startMosquitto } from './mosquitto.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { startStandalone } from './standalone.ts';
import { STANDALONES } from './standalones.ts';

interface Started {
  stop(): Promise<void>;
}

/**
 * What a run has one of, by name. Nobody kills or freezes any of it, so nothing is gained by waiting for the disk; and many
 * suites use it at once, each with connections and a database of its own.
 */
const STARTERS: Readonly<Record<string, () => Promise<Started>>> = {
  postgres: () => startPostgres(['max_connections=300', 'fsync=off']),
  redis: () => startRedis({ config: 'databases 1024' }),
  mosquitto: () => startMosquitto(),
  kafka: () => startKafka({ partitions: 0 }),
  chromium: () => startChromiumServer(),
  ...Object.fromEntries(
    Object.entries(STANDALONES).map(([name, env]) => [`standalone-${name}`, () => startStandalone({ env })]),
  ),
};

const lent = new Map<string, Promise<Started>>();
let lender: Server | undefined;

/**
 * Vitest's global setup: answers `GET /NAME` with where that server is, and starts it when it is first asked for,
 * so that a run of one suite starts only what that suite needs.
 */
export async function setup(): Promise<void> {
  // Each project of vitest calls it, and one lender serves the run.
  if (process.env[LENDER] !== undefined) return;
  lender = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    const start = STARTERS[name];
    if (start === undefined) return void response.writeHead(404).end();
    const started = lent.get(name) ?? start();
    lent.set(name, started);
    started.then(
      (server) => response.end(JSON.stringify(server)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(lender, 'listening');
  process.env[LENDER] = `http://127.0.0.1:${(lender.address() as AddressInfo).port}`;
}

/** Ends what was lent, with the run. */
export async function teardown(): Promise<void> {
  lender?.close();
  const started = await Promise.allSettled(lent.values());
  await Promise.all(started.map((each) => each.status === 'fulfilled' && each.value.stop()));
  lent.clear();
}
