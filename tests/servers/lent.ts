import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright';
import type { Mosquitto } from './mosquitto.ts';
import { type Postgres, query } from './postgres.ts';
import { type Redis, runRedisCommand } from './redis.ts';
import type { Standalone } from './standalone.ts';
import type { StandaloneName } from './standalones.ts';

/*
 * The servers that all suites of a run share, each suite in a corner of its own. Who kills, freezes or reconfigures a server
 * starts one of its own (`startPostgres` and the like beside this file).
 */

/** In the environment of every process of a run: where `lender.ts` answers. */
export const LENDER = 'CARILLON_TEST_LENDER';

/** A new, empty database of the run's PostgreSQL; its URL. */
export async function lentDatabase(): Promise<string> {
  const { url } = await ask<Postgres>('postgres');
  const name = `suite_${unique()}`;
  await query(url, `create database ${name}`);
  return url.replace(/\/postgres$/, `/${name}`);
}

/** An empty database of the run's Redis. What is published there all hear, whatever their database. */
export async function lentRedis(): Promise<Pick<Redis, 'url' | 'port' | 'command'>> {
  const { url, port } = await ask<Redis>('redis');
  // It counts the databases that were handed out in the first of them.
  const count = await runRedisCommand(port, 0, ['INCR', 'databases']);
  const database = Number(count.slice(1));
  return {
    url: `${url}/${database}`,
    port,
    async command(...words) {
      if (words[0] === 'FLUSHALL') throw new Error('FLUSHALL takes what other suites have, too: FLUSHDB');
      return runRedisCommand(port, database, words);
    },
  };
}

/** A bus over the run's Mosquitto, with topics that nobody else has; its URL. */
export async function lentMqtt(): Promise<string> {
  const { url } = await ask<Mosquitto>('mosquitto');
  return `${url}/suite-${unique()}`;
}

/** A bus over a new topic of the run's Kafka; its URL. */
export async function lentKafka({ partitions = 3 } = {}): Promise<string> {
  const { url } = await ask<{ url: string }>('kafka');
  const address = `${url}/suite-${unique()}`;
  // Loaded by who uses it only: it is large, and so is playwright.
  const { createTopics } = await import('../../packages/bus/src/kafka-topics.ts');
  const topic = { partitions, replicationFactor: 1, retentionMs: HOUR_MS, minInSyncReplicas: 1 };
  await createTopics(address, topic, { withinMs: MADE_WITHIN_MS });
  return address;
}

/** The run's Chromium. To close it only ends this connection, with all the contexts that were made over it. */
export async function lentChromium(): Promise<Browser> {
  const { endpoint } = await ask<{ endpoint: string }>('chromium');
  const { chromium } = await import('playwright');
  return chromium.connect(endpoint);
}

/** One of the run's Carillons. Its channels are everybody's: take names of your own. */
export function lentStandalone(
  name: StandaloneName,
): Promise<Pick<Standalone, 'url' | 'port' | 'adminPort' | 'mqttPort' | 'dataDir' | 'pid'>> {
  return ask(`standalone-${name}`);
}

/** A topic is there at once; a busy machine takes longer. */
const MADE_WITHIN_MS = 60_000;
/** Longer than any run. */
const HOUR_MS = 60 * 60 * 1_000;

function unique(): string {
  return randomBytes(6).toString('hex');
}

async function ask<Server>(what: string): Promise<Server> {
  const lender = process.env[LENDER];
  if (lender === undefined) throw new Error('nobody lends servers here: vitest does, by its configuration');
  const answer = await fetch(`${lender}/${what}`);
  if (!answer.ok) throw new Error(`${what} did not start: ${await answer.text()}`);
  return (await answer.json()) as Server;
}
