import type { LogEvent } from '@carillon/protocol';
import { type Bus, BusUnavailable, type Receiver, type Traces } from './bus.ts';

/**
 * Several buses as one: messages are published to all of them at once, and count as published when all have them. So
 * the relay repeats messages that one bus did not accept, and the others may get them again. Messages are read from the
 * first bus only.
 */
export function joinBuses(first: Bus, others: readonly Bus[]): Bus {
  const all = [first, ...others];
  return {
    get connected() {
      return all.every(({ connected }) => connected);
    },
    async publish(channel: string, events: readonly LogEvent[], traces?: Traces, ahead?: boolean) {
      const outcomes = await Promise.allSettled(
        all.map((bus) => bus.publish(channel, events, traces, ahead)),
      );
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
      const fault = refused.find((reason) => !(reason instanceof BusUnavailable));
      if (fault !== undefined) throw fault;
      if (refused.length > 0) throw new BusUnavailable(refused.map(({ message }) => message).join('; '));
    },
    links: all.flatMap(({ links }) => links),
    subscribe: (receive: Receiver, wanted?: (channel: string) => boolean) => first.subscribe(receive, wanted),
    async close() {
      await Promise.all(all.map((bus) => bus.close()));
    },
  };
}
