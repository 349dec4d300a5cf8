import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@carillon/runtime';
import { Chat, Refused } from './chat.ts';
import { drawInterval, drawRetry } from './intervals.ts';

const NAME = 'hello-bot';
const TEXT = 'Hello world';

export interface BotOptions {
  /** The URL of the chat service, such as `http://127.0.0.1:8080`. */
  url: string;
  channel: string;
  /** Returns a bearer token for the next request; without it the bot is a guest. */
  token?: (() => string) | undefined;
  log: Pick<Log, 'info' | 'warn'>;
  /** Random numbers in [0, 1). */
  random?: () => number;
  /** Resolves after `ms`, or rejects when the signal is aborted. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Bot {
  /** Whether the last post succeeded; true before the first. */
  readonly heard: boolean;
  /** Attempts to post so far, by outcome. */
  readonly posts: Readonly<Record<'taken' | 'failed', number>>;
  /** Stops the bot, and cancels its current request. */
  stop(): Promise<void>;
}

/**
 * Posts "Hello world" to a channel again and again, after random pauses of 1 to 10 s. A post that fails is retried with
 * the same key until it succeeds; an outage is logged when it begins and when it ends.
 */
export function startBot(options: BotOptions): Bot {
  const { url, channel, log, random = Math.random } = options;
  const wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const stopping = new AbortController();
  const chat = new Chat({ url, name: NAME, token: options.token, signal: stopping.signal });
  const posts = { taken: 0, failed: 0 };
  let failures = 0;

  async function speak(): Promise<void> {
    for (const key = randomUUID(); ; ) {
      try {
        await chat.post(channel, TEXT, key);
        posts.taken += 1;
        if (failures > 0) log.info({ failures }, 'posts succeed again');
        failures = 0;
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        posts.failed += 1;
        if (failures++ === 0) log.warn({ err: error, channel }, 'a post failed and will be retried');
        // In another session the key would not be recognized: the post is given up, so that it is not stored twice.
        if (error instanceof Refused && error.notAllowed) return;
        await wait(drawRetry(failures, random), stopping.signal);
      }
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await wait(drawInterval(random), stopping.signal);
      await speak();
    }
  }

  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    posts,
    get heard() {
      return failures === 0;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
