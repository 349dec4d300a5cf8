import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import type { StreamEvent } from './event-stream.ts';
import { openReader, type Reader } from './reader.ts';

/** A client's return is put off by up to this, ms: at once would be unlike any, and long would be no test. */
const MAX_RETURN_MS = 20;

/** A message, and when it came, by `performance.now()`. */
export interface Arrival {
  message: Message;
  at: number;
}

/** A reader that returns after every cut with the cursor it had, as EventSource does. */
export interface Follower {
  /** Every message of every connection, as it came. */
  readonly arrivals: readonly Arrival[];
  /** Everything that is no message. */
  readonly others: readonly StreamEvent[];
  readonly connections: number;
  close(): Promise<void>;
}

/** Follows channels from their first message, over `port`. */
export function follow(port: number, channels: readonly string[]): Follower {
  const arrivals: Arrival[] = [];
  const others: StreamEvent[] = [];
  const named = channels.map((channel) => `channel=${channel}&`).join('');
  const path = channels.length === 1 ? `/v1/channels/${channels[0]}/stream?` : `/v1/stream?${named}`;
  let reader: Reader | undefined;
  let connections = 0;
  let isClosing = false;

  function onEvent(event: StreamEvent): void {
    if (event.name === 'message') arrivals.push({ message: JSON.parse(event.data), at: performance.now() });
    else others.push(event);
  }

  async function run(): Promise<void> {
    let cursor = '';
    while (!isClosing) {
      connections += 1;
      reader =
        cursor === ''
          ? openReader({ port, path: `${path}since=earliest`, onEvent })
          : openReader({ port, path, headers: { 'Last-Event-ID': cursor }, onEvent });
      await reader.closed;
      if (reader.lastEventId !== '') cursor = reader.lastEventId;
      await sleep(Math.random() * MAX_RETURN_MS);
    }
  }

  const running = run();
  return {
    arrivals,
    others,
    get connections() {
      return connections;
    },
    async close() {
      isClosing = true;
      reader?.close();
      await running;
    },
  };
}

/** Each message's first arrival: what an application has that drops by (channel, seq), as the contract says for several channels. */
export function withoutRepeats(arrivals: readonly Arrival[]): Arrival[] {
  const seen = new Set<string>();
  return arrivals.filter(({ message: { channel, seq } }) => {
    const name = `${channel} ${seq}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** The messages of one channel, in the order of arrival. */
export function messagesOf(arrivals: readonly Arrival[], channel: string): Message[] {
  return arrivals.map(({ message }) => message).filter((message) => message.channel === channel);
}
