import type { Bus } from '@carillon/bus';
import type { LogEvent, Span } from '@carillon/protocol';
import type { ChannelsBehind } from './channels-behind.ts';
import type { PostTraces } from './post-traces.ts';
import type { PublishedMarks } from './published-marks.ts';

/** Hands what was committed to the bus, in the background. */
export interface Publisher {
  /** Publishes an event of the log, of the request with this span. It never throws: what the bus does not take, the relay repeats. */
  publish(event: LogEvent, span?: Span): void;
  /** Resolves when all that was given is on the bus or has failed. */
  idle(): Promise<void>;
}

export interface PublisherParts {
  bus: Bus;
  marks: PublishedMarks;
  behind: ChannelsBehind;
  traces: PostTraces;
}

/**
 * Makes a publisher. The events of one commit resolve in one tick of the loop, so what comes within a tick
 * goes out as one envelope for each channel.
 */
export function createPublisher({ bus, marks, behind, traces }: PublisherParts): Publisher {
  let gathered = new Map<string, LogEvent[]>();
  const underway = new Set<Promise<void>>();

  const hand = async (channel: string, events: readonly LogEvent[]) => {
    const traced = traces.publish(events);
    try {
      await bus.publish(channel, events, traced?.traces, behind.has(channel));
      traced?.end();
      for (const [first, last] of stretches(events)) marks.published(channel, first, last);
    } catch {
      // Who opened the bus is told; and the relay publishes it.
      behind.add(channel, events.at(-1)?.seq ?? 0);
      traced?.fail();
    }
  };

  const flush = () => {
    const channels = gathered;
    gathered = new Map();
    for (const [channel, events] of channels) {
      events.sort((one, other) => one.seq - other.seq);
      const handing: Promise<void> = hand(channel, events).finally(() => underway.delete(handing));
      underway.add(handing);
    }
  };

  return {
    publish(event, span) {
      if (span !== undefined) traces.publishes(event, span);
      const events = gathered.get(event.channel);
      if (events !== undefined) {
        events.push(event);
        return;
      }
      if (gathered.size === 0) process.nextTick(flush);
      gathered.set(event.channel, [event]);
    },
    async idle() {
      flush();
      await Promise.all(underway);
    },
  };
}

/** The seqs of events in order, as stretches without holes. Usually there is one. */
export function stretches(events: readonly LogEvent[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const { seq } of events) {
    const current = found.at(-1);
    if (current !== undefined && current[1] === seq - 1) current[1] = seq;
    else found.push([seq, seq]);
  }
  return found;
}
