import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright';
import type { Mosquitto } from './mosquitto.ts';
import { type Postgres, query } from './postgres.ts';
import { type Redis, runRedisCommand } from './redis.ts';
import type { Standalone } from './standalone.ts';
import type { StandaloneName } from './standalones.ts';

/*
 * The servers that all suites of a run share; each suite gets its own database, topic or prefix. A suite that kills, freezes or
 * reconfigures a server starts its own (`startPostgres` and the like in this folder).
 */

/** The environment variable that holds the address of `lender.ts`, in every process of a run. */
export const LENDER = 'CARILLON_TEST_LENDER';

/** Creates an empty database on the run's PostgreSQL. Returns its URL. */
export async function lentDatabase(): Promise<string> {
  const { url } = await ask<Postgres>('postgres');
  const name = `suite_${unique()}`;
  await query(url, `create database ${name}`);
  return url.replace(/\/postgres$/, `/${name}`);
}

/** An empty database of the run's Redis. Pub/sub is shared by all databases. */
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

/** The URL of a bus on the run's Mosquitto, with topics that no other suite uses. */
export async function lentMqtt(): Promise<string> {
  const { url } = await ask<Mosquitto>('mosquitto');
  return `${url}/suite-${unique()}`;
}

/** Creates a topic on the run's Kafka. Returns the URL of a bus on it. */
export async function lentKafka({ partitions = 3 } = {}): Promise<string> {
  const { url } = await ask<{ url: string }>('kafka');
  const address = `${url}/suite-${unique()}`;
  // Loaded only where it is used, because it is large; so is playwright.
  const { createTopics } = await import('../../packages/bus/src/kafka-topics.ts');
  const topic = { partitions, replicationFactor: 1, retentionMs: HOUR_MS, minInSyncReplicas: 1 };
  await createTopics(address, topic, { withinMs: MADE_WITHIN_MS });
  return address;
}

/** The run's Chromium. Closing it only ends this connection, with the contexts that were made over it. */
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
