import type { Bus } from '@carillon/bus';
import type { Message } from '@carillon/protocol';
import type { PublishedMarks } from './published-marks.ts';

/** Hands what was committed to the bus, in the background. */
export interface Publisher {
  /** Publishes a message that is in the log. It never throws: what the bus does not take, the relay repeats. */
  publish(message: Message): void;
  /** Resolves when all that was given is on the bus or has failed. */
  idle(): Promise<void>;
}

/**
 * Makes a publisher. The messages of one commit resolve in one tick of the loop, so what comes within a tick
 * goes out as one envelope for each channel.
 */
export function createPublisher(bus: Bus, marks: PublishedMarks, failures: { inc(): void }): Publisher {
  let gathered = new Map<string, Message[]>();
  const underway = new Set<Promise<void>>();

  const hand = async (channel: string, messages: readonly Message[]) => {
    try {
      await bus.publish(channel, messages);
      for (const [first, last] of stretches(messages)) marks.published(channel, first, last);
    } catch {
      failures.inc();
    }
  };

  const flush = () => {
    const channels = gathered;
    gathered = new Map();
    for (const [channel, messages] of channels) {
      messages.sort((one, other) => one.seq - other.seq);
      const handing: Promise<void> = hand(channel, messages).finally(() => underway.delete(handing));
      underway.add(handing);
    }
  };

  return {
    publish(message) {
      const messages = gathered.get(message.channel);
      if (messages !== undefined) {
        messages.push(message);
        return;
      }
      if (gathered.size === 0) process.nextTick(flush);
      gathered.set(message.channel, [message]);
    },
    async idle() {
      flush();
      await Promise.all(underway);
    },
  };
}

/** The seqs of messages in order, as stretches without holes. Usually there is one. */
export function stretches(messages: readonly Message[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const { seq } of messages) {
    const current = found.at(-1);
    if (current !== undefined && current[1] === seq - 1) current[1] = seq;
    else found.push([seq, seq]);
  }
  return found;
}
