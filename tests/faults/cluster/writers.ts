import { setTimeout as sleep } from 'node:timers/promises';
import { Carillon } from '@carillon/client';
import type { Message } from '@carillon/protocol';
import type { Post } from './evidence.ts';

/** Between a writer's posts, ms: many are under way at any moment, and two cores are left for all the rest. */
const POST_EVERY_MS = 15;

/** A script tries again after this, ms: sooner than any Retry-After, so that posts meet every moment of a fault. */
const RETRY_MS = 100;

/** An attempt that has no answer for this long has gone astray, ms. */
const ATTEMPT_MS = 5_000;

/** A post that has no definite answer after this has failed for good, ms: the SDK's own limit for a person. */
const GIVE_UP_MS = 60_000;

/** Bodies of all sizes, with characters of all lengths. */
const PIECE = 'aé€𝄞\n';
const MAX_PIECES = 40;

/** Clients that post without pause, each one message after the other, each until it has a definite answer. */
export interface Writers {
  readonly posts: readonly Post[];
  /** Resolves when the posts under way have their answers. */
  stop(): Promise<void>;
}

/** Posts, in one attempt or several with the same key. Returns the stored message; throws if it failed for good. */
type Send = (post: Post) => Promise<Message>;

/** Starts two scripts that send again at once, and two clients of the SDK that wait as told, over all `channels`. */
export function startWriters(origin: string, channels: readonly string[]): Writers {
  const posts: Post[] = [];
  let isWriting = true;
  const writers: [name: string, send: Send][] = [
    ['script 1', asScript(origin)],
    ['script 2', asScript(origin)],
    ['SDK 1', withSdk(origin)],
    ['SDK 2', withSdk(origin)],
  ];

  async function write(writer: string, send: Send): Promise<void> {
    for (let count = 0; isWriting; count++) {
      const key = `${channels[0]} ${writer} ${count}`.replaceAll(' ', '-');
      const channel = channels[count % channels.length] as string;
      const body = `${key} ${PIECE.repeat(Math.random() * MAX_PIECES)}`;
      const post: Post = { writer, key, channel, body, sentAt: Date.now(), attempts: 0 };
      posts.push(post);
      try {
        post.message = await send(post);
        post.ackedAt = Date.now();
      } catch (error) {
        post.failure = String(error);
      }
      await sleep(POST_EVERY_MS);
    }
  }

  const writing = Promise.all(writers.map(([name, send]) => write(name, send)));
  return {
    posts,
    async stop() {
      isWriting = false;
      await writing;
    },
  };
}

function asScript(origin: string): Send {
  return async (post) => {
    for (;;) {
      post.attempts += 1;
      const outcome = await attempt(post).catch((error: unknown) => ({
        reason: String(error),
        final: false,
      }));
      if ('seq' in outcome) return outcome;
      if (outcome.final || Date.now() - post.sentAt > GIVE_UP_MS) throw new Error(outcome.reason);
      await sleep(RETRY_MS);
    }
  };

  async function attempt({
    channel,
    key,
    body,
  }: Post): Promise<Message | { reason: string; final: boolean }> {
    const answer = await fetch(`${origin}/v1/channels/${channel}/messages`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain', 'idempotency-key': key },
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as Message;
    return { reason: `${answer.status} ${text}`, final: answer.status < 500 && answer.status !== 429 };
  }
}

function withSdk(origin: string): Send {
  let current: Post | undefined;
  const carillon = new Carillon({
    url: origin,
    fetch(input, init) {
      if (current !== undefined) current.attempts += 1;
      return fetch(input, init);
    },
  });
  return (post) => {
    current = post;
    return carillon.post(post.channel, post.body, { key: post.key, retryForMs: GIVE_UP_MS });
  };
}
