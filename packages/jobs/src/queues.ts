import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { JobsUnavailable } from './jobs-unavailable.ts';
import { PREFIX, type QueueName } from './payloads.ts';

/** Time limit of every operation on a queue, ms: a few commands, each of which has its own limit. */
const WITHIN_MS = 4_000;

/** Nobody reads BullMQ's event streams, so they are kept short. */
const KEPT_EVENTS = 100;

/**
 * The queues for services that add jobs: an operation that is impossible now fails soon, with {@link JobsUnavailable}.
 */
export class Queues {
  readonly #redis: Redis;
  readonly #open = new Map<QueueName, Queue>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Runs an operation on a queue. Every error of Redis (full, read-only, loading, unavailable) becomes JobsUnavailable.
   */
  async use<Result>(name: QueueName, work: (queue: Queue) => Promise<Result>): Promise<Result> {
    if (this.#redis.status !== 'ready') throw new JobsUnavailable('the job queue is unavailable');
    try {
      return await within(WITHIN_MS, this.#ready(name).then(work));
    } catch (cause) {
      throw new JobsUnavailable('the job queue cannot accept this at the moment', { cause });
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map((queue) => within(WITHIN_MS, queue.close())));
  }

  async #ready(name: QueueName): Promise<Queue> {
    const queue = this.#open.get(name) ?? this.#create(name);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      // A queue whose first contact failed stays broken: the next caller gets a new one.
      if (this.#open.get(name) === queue) this.#open.delete(name);
      throw error;
    }
  }

  #create(name: QueueName): Queue {
    const queue = new Queue(name, {
      connection: this.#redis,
      prefix: PREFIX,
      streams: { events: { maxLen: KEPT_EVENTS } },
    });
    queue.on('error', () => {});
    this.#open.set(name, queue);
    return queue;
  }
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
