import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Carillon, type Message, type Subscription } from '@carillon/client';
import { HTTP } from './stack.ts';

/** Several readers of a channel through nginx, and a writer that posts to it without pause. */
export interface Readers {
  /** Posts acknowledged so far. */
  readonly posted: number;
  /** Waits until each has at least so many messages. */
  have(count: number): Promise<void>;
  /** Stops posting, waits for the rest, and throws where a reader misses a message, has one twice or out of order. */
  finish(): Promise<string>;
}

const POST_EVERY_MS = 20;
const CATCH_UP_MS = 60_000;

export async function startReaders(count: number): Promise<Readers> {
  const channel = `readers-${randomUUID().slice(0, 8)}`;
  const carillon = new Carillon({ url: HTTP });
  const received: Message[][] = Array.from({ length: count }, () => []);
  let opened = 0;
  const subscriptions: Subscription[] = received.map((messages) =>
    carillon.subscribe([channel], {
      since: 'earliest',
      onMessage: (message) => messages.push(message),
      onOpen: () => {
        opened += 1;
      },
    }),
  );
  await wait(() => opened >= count, `${count} streams open`);
  const acknowledged: Message[] = [];
  let stopped = false;
  const posting = (async () => {
    while (!stopped) {
      acknowledged.push(await carillon.post(channel, `message ${acknowledged.length + 1}`));
      await sleep(POST_EVERY_MS);
    }
  })();
  posting.catch(() => {});
  const have = (least: number) =>
    wait(() => received.every((messages) => messages.length >= least), `each reader has ${least} messages`);
  return {
    get posted() {
      return acknowledged.length;
    },
    have,
    async finish() {
      stopped = true;
      await posting;
      await have(acknowledged.length);
      for (const subscription of subscriptions) subscription.close();
      const expected = acknowledged.map(({ seq, body }) => `${seq} ${body}`);
      for (const [reader, messages] of received.entries()) {
        const got = messages.map(({ seq, body }) => `${seq} ${body}`);
        if (got.join('\n') !== expected.join('\n'))
          throw new Error(
            `reader ${reader + 1} has ${got.length} messages, not the ${expected.length} that were posted, each once, in order`,
          );
      }
      return `${acknowledged.length} messages, each once and in order, to ${count} readers`;
    },
  };
}

async function wait(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + CATCH_UP_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${CATCH_UP_MS} ms: ${what}`);
    await sleep(50);
  }
}
