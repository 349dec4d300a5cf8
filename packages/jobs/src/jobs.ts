import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from '@carillon/redis';
import type { ConnectionOptions } from './connection.ts';
import { depthsOf, type QueueDepth } from './depths.ts';
import { addExport, findExport, type QueuedExport, TooManyExports } from './exports.ts';
import type { ExportOrder } from './payloads.ts';
import { ping } from './ping.ts';
import type { Queues } from './queues.ts';

/**
 * The job queue as those see it who want something done. Redis may lose it all: whatever has to be done for certain
 * is also written where a worker finds it by itself. Every method but `close` throws JobsUnavailable, soon, where
 * Redis is away.
 */
export interface Jobs {
  /**
   * A round trip through a worker; gives the time it took, ms.
   * @throws NoWorker where none answered within `timeoutMs`
   */
  ping(timeoutMs: number): Promise<number>;

  /** Has a worker look what this webhook has to send. Asked twice while one looks, it is looked once more after that. */
  deliver(webhook: string): Promise<void>;

  /**
   * Orders an export of a channel; gives its id.
   * @throws TooManyExports where enough of them wait already
   */
  startExport(order: ExportOrder): Promise<string>;

  /** What the queue knows of an export; undefined where it knows none, or no more. */
  findExport(id: string): Promise<QueuedExport | undefined>;

  /** How many jobs wait, are done now, come later, or have failed. */
  depths(): Promise<QueueDepth[]>;

  /** Whether Redis is there now, and takes writes. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/** The start waits so long for Redis, ms, and then goes on without. */
const FIRST_CONTACT_MS = 2_000;

/**
 * Opens the queue in the Redis that `url` names: `redis://[[user]:password@]host[:port][/db]`, or `rediss://`. A server that is away
 * is no error: it is taken up when it comes.
 *
 * @throws TypeError where the URL is not one of a Redis.
 */
export async function openJobs(url: string, options: ConnectionOptions = {}): Promise<Jobs> {
  // Loaded by who has a queue only: they are large.
  const [{ connectImpatient }, { Queues }] = await Promise.all([
    import('./connection.ts'),
    import('./queues.ts'),
  ]);
  const { promise: contact, resolve: met } = Promise.withResolvers<void>();
  const connection = connectImpatient(url, options, met);
  // A connection that is refused is waited for no longer.
  connection.redis.once('error', () => met());
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([contact, sleep(FIRST_CONTACT_MS, undefined, { signal }).catch(() => {})]);
  waiting.abort();
  return new RedisJobs(connection, new Queues(connection.redis));
}

class RedisJobs implements Jobs {
  readonly #connection: RedisConnection;
  readonly #queues: Queues;

  constructor(connection: RedisConnection, queues: Queues) {
    this.#connection = connection;
    this.#queues = queues;
  }

  get connected(): boolean {
    return this.#connection.up;
  }

  ping(timeoutMs: number): Promise<number> {
    return ping(this.#queues, timeoutMs);
  }

  async deliver(webhook: string): Promise<void> {
    await this.#queues.use('webhooks', (queue) =>
      queue.add(
        'deliver',
        { webhook },
        {
          deduplication: { id: webhook, keepLastIfActive: true },
          removeOnComplete: true,
          removeOnFail: true,
        },
      ),
    );
  }

  async startExport(order: ExportOrder): Promise<string> {
    const added = await addExport(this.#queues, order);
    if (added instanceof TooManyExports) throw added;
    return added;
  }

  findExport(id: string): Promise<QueuedExport | undefined> {
    return findExport(this.#queues, id);
  }

  depths(): Promise<QueueDepth[]> {
    return depthsOf(this.#queues);
  }

  async close(): Promise<void> {
    await this.#queues.close();
    this.#connection.close();
  }
}
