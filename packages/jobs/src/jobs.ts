import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from '@carillon/redis';
import type { ConnectionOptions } from './connection.ts';
import { depthsOf, type QueueDepth } from './depths.ts';
import { addExport, findExport, type QueuedExport, TooManyExports } from './exports.ts';
import type { ExportOrder } from './payloads.ts';
import { ping } from './ping.ts';
import type { Queues } from './queues.ts';

/**
 * The job queue for services that need work done. Redis may lose the queue: work that must be done is also recorded
 * where a worker finds it by itself. Every method except `close` throws JobsUnavailable soon if Redis is unavailable.
 */
export interface Jobs {
  /**
   * A round trip through a worker; resolves to its duration, ms.
   *
   * @throws NoWorker if no worker answers within `timeoutMs`
   */
  ping(timeoutMs: number): Promise<number>;

  /**
   * Asks a worker to send what this webhook has to send. A second request while a worker is at it causes one more run
   * afterwards.
   */
  deliver(webhook: string): Promise<void>;

  /**
   * Queues an export of a channel, and resolves to its id.
   *
   * @throws TooManyExports if too many exports are waiting
   */
  startExport(order: ExportOrder): Promise<string>;

  /** What the queue knows about an export; undefined if it does not know the export (any more). */
  findExport(id: string): Promise<QueuedExport | undefined>;

  /** Number of jobs that are waiting, active, delayed or failed, by queue. */
  depths(): Promise<QueueDepth[]>;

  /** Whether Redis is available now and accepts writes. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/** How long the start waits for Redis, ms, before it continues without. */
const FIRST_CONTACT_MS = 2_000;

/**
 * Opens the queue in the Redis at `url`: `redis://[[user]:password@]host[:port][/db]`, or `rediss://`. An unavailable
 * server is not an error: it is used as soon as it is back.
 *
 * @throws TypeError if the URL is not a Redis URL
 */
export async function openJobs(url: string, options: ConnectionOptions = {}): Promise<Jobs> {
  // Loaded only by processes that have a queue: BullMQ and ioredis are large.
  const [{ connectImpatient }, { Queues }] = await Promise.all([
    import('./connection.ts'),
    import('./queues.ts'),
  ]);
  const { promise: contact, resolve: met } = Promise.withResolvers<void>();
  const connection = connectImpatient(url, options, met);
  // Do not wait any longer for a connection that was refused.
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
