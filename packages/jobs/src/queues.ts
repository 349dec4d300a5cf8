import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { JobsUnavailable } from './jobs-unavailable.ts';
import { PREFIX, type QueueName } from './payloads.ts';

/** The longest that anything asked of the queue takes, ms: a few commands, each of which has its own bound. */
const WITHIN_MS = 4_000;

/** Nobody reads BullMQ's event streams; they are kept short. */
const KEPT_EVENTS = 100;

/** The queues as those see them who add jobs: what cannot be done now fails soon, with {@link JobsUnavailable}. */
export class Queues {
  readonly #redis: Redis;
  readonly #open = new Map<QueueName, Queue>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Does something with a queue. Whatever Redis answers but success is JobsUnavailable: full, read-only, loading, away. */
  async use<Result>(name: QueueName, work: (queue: Queue) => Promise<Result>): Promise<Result> {
    if (this.#redis.status !== 'ready') throw new JobsUnavailable('the job queue is away');
    try {
      return await within(WITHIN_MS, this.#ready(name).then(work));
    } catch (cause) {
      throw new JobsUnavailable('the job queue does not take this now', { cause });
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
      // A queue whose first contact failed stays broken: the next caller gets another.
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
