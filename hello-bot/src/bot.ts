import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@carillon/runtime';
import { Chat, Refused } from './chat.ts';
import { drawInterval, drawRetry } from './intervals.ts';

const NAME = 'hello-bot';
const TEXT = 'Hello world';

export interface BotOptions {
  /** Where the chat service is, such as `http://127.0.0.1:8080`. */
  url: string;
  channel: string;
  /** Gives a bearer token for the next request; without it the bot is a guest. */
  token?: (() => string) | undefined;
  log: Pick<Log, 'info' | 'warn'>;
  /** Chance: numbers in [0, 1). */
  random?: () => number;
  /** Time: resolves after `ms`, or rejects when the signal is aborted. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Bot {
  /** Whether the last post was taken; true before the first. */
  readonly heard: boolean;
  /** Its tries to post so far, by what became of them. */
  readonly posts: Readonly<Record<'taken' | 'failed', number>>;
  /** Ends the bot, and what it has under way. */
  stop(): Promise<void>;
}

/**
 * Says "Hello world" in a channel, again and again, after pauses of 1 to 10 s, each drawn anew. A post that fails is
 * tried again, with the same key, until it is in; an outage is logged when it begins and when it ends.
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
        if (failures > 0) log.info({ failures }, 'posts are taken again');
        failures = 0;
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        posts.failed += 1;
        if (failures++ === 0) log.warn({ err: error, channel }, 'a post failed, it is tried again');
        // Under another session the same key would not be known: this post is given up, lest it is made twice.
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
