import type { Carillon } from '@carillon/client';
import { momentOfSending, type OutgoingMessage, type SendResult } from './outgoing-message.ts';
import { createSender } from './sender.ts';
import { aliveTabs, createUnsent, holdTab } from './unsent.ts';

/** Posts what is written, in order for each channel; what is not posted yet is kept by the browser over a reload. */
export interface Outbox {
  /**
   * Gives the messages of a channel that are on their way, and what becomes of them, until the function it returns is called. One
   * listener for each channel.
   */
  open(
    channel: string,
    onResult: (result: SendResult) => void,
    onMessage: (message: OutgoingMessage) => void,
  ): () => void;
  post(message: OutgoingMessage): void;
  /** Sends a message again that the server refused. */
  retry(channel: string, key: string): void;
  discard(channel: string, key: string): void;
  /**
   * The server has said who is here: sends from now on as this person, also what they left in this browser. Until then nothing is
   * sent, since the cookie may be another person's. `takesOver`: what is on its way goes with them.
   */
  setPerson(person: string, takesOver?: boolean): void;
  /** The server may be there again. */
  wake(): void;
}

/**
 * @param supposed id of the person who was here last.
 * @param recheck asks the server who is here, where it does not know the sender of a message: whether they are still the same,
 * undefined where it does not answer.
 */
export function createOutbox(
  carillon: Carillon,
  supposed: string,
  recheck: () => Promise<boolean | undefined>,
): Outbox {
  const tab = holdTab();
  const sender = createSender(carillon, recheck);
  const queues = new Map<string, OutgoingMessage[]>();
  const working = new Map<string, AbortController>();
  const listeners = new Map<
    string,
    { onResult: (result: SendResult) => void; onMessage: (message: OutgoingMessage) => void }
  >();
  let person = supposed;
  let known = false;
  let unsent = createUnsent(person, tab);

  function queue(channel: string): OutgoingMessage[] {
    const found = queues.get(channel) ?? [];
    queues.set(channel, found);
    return found;
  }

  function nextIn(channel: string): OutgoingMessage | undefined {
    return queue(channel).find(({ failure }) => failure === undefined);
  }

  function remove(message: OutgoingMessage): void {
    unsent.forget(message);
    queues.set(
      message.channel,
      queue(message.channel).filter(({ key }) => key !== message.key),
    );
  }

  function replace(message: OutgoingMessage, next: OutgoingMessage): void {
    queues.set(
      message.channel,
      queue(message.channel).map((each) => (each.key === message.key ? next : each)),
    );
    unsent.keep(next);
  }

  async function work(channel: string): Promise<void> {
    if (!known || working.has(channel)) return;
    for (let message = nextIn(channel); message !== undefined; message = nextIn(channel)) {
      const stop = new AbortController();
      working.set(channel, stop);
      await send(message, stop.signal);
      working.delete(channel);
    }
  }

  function send(message: OutgoingMessage, signal: AbortSignal): Promise<void> {
    const notify = (result: SendResult) => {
      if ('message' in result) remove(message);
      else if ('failure' in result) replace(message, { ...message, failure: result.failure });
      listeners.get(message.channel)?.onResult(result);
    };
    return sender.send(message, notify, signal);
  }

  function become(next: string, takesOver: boolean): void {
    const before = unsent;
    person = next;
    unsent = createUnsent(person, tab);
    for (const messages of queues.values())
      for (const message of messages) {
        if (takesOver) {
          before.forget(message);
          unsent.keep(message);
        } else {
          working.get(message.channel)?.abort();
          listeners.get(message.channel)?.onResult({ key: message.key, left: true });
        }
      }
    if (!takesOver) queues.clear();
  }

  /** Takes up what this tab had before a reload, and what was left by tabs that are gone. */
  async function adopt(): Promise<void> {
    if (!known) return;
    const from = unsent;
    const alive = await aliveTabs();
    if (from !== unsent) return;
    for (const message of from.adopt(alive)) {
      const { channel, key } = message;
      if (queue(channel).some((each) => each.key === key)) continue;
      queue(channel).push(message);
      listeners.get(channel)?.onMessage(message);
      void work(channel);
    }
  }

  addEventListener('online', sender.wake);
  document.addEventListener('visibilitychange', () => void (document.hidden || adopt()));

  return {
    open(channel, onResult, onMessage) {
      const listener = { onResult, onMessage };
      listeners.set(channel, listener);
      for (const message of queue(channel)) onMessage(message);
      return () => void (listeners.get(channel) === listener && listeners.delete(channel));
    },
    post(message) {
      unsent.keep(message);
      queue(message.channel).push(message);
      void work(message.channel);
    },
    retry(channel, key) {
      const message = queue(channel).find((each) => each.key === key);
      if (message?.failure === undefined) return;
      remove(message);
      const { failure: _, ...again } = message;
      // To the end, after what is on its way.
      const next = { ...again, sentAt: momentOfSending() };
      unsent.keep(next);
      queue(channel).push(next);
      void work(channel);
    },
    discard(channel, key) {
      const message = queue(channel).find((each) => each.key === key);
      if (message === undefined) return;
      const isNext = nextIn(channel) === message;
      remove(message);
      if (isNext) working.get(channel)?.abort();
    },
    setPerson(next, takesOver = false) {
      known = true;
      if (next !== person) become(next, takesOver);
      for (const channel of queues.keys()) void work(channel);
      void adopt();
    },
    wake: sender.wake,
  };
}
