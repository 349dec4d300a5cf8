import type { Bus } from '@carillon/bus';
import type { LogEvent, Span } from '@carillon/protocol';
import type { ChannelsBehind } from './channels-behind.ts';
import type { PostTraces } from './post-traces.ts';
import type { PublishedMarks } from './published-marks.ts';

/** Passes committed events to the bus, in the background. */
export interface Publisher {
  /** Publishes an event of the log, of the request with this span. It never throws: the relay repeats what the bus does not accept. */
  publish(event: LogEvent, span?: Span): void;
  /** Resolves when every event passed so far is published or has failed. */
  idle(): Promise<void>;
}

export interface PublisherParts {
  bus: Bus;
  marks: PublishedMarks;
  behind: ChannelsBehind;
  traces: PostTraces;
}

/**
 * Creates a publisher. The events of one commit resolve in one tick of the event loop, so the events of a tick
 * go out as one envelope for each channel.
 */
export function createPublisher({ bus, marks, behind, traces }: PublisherParts): Publisher {
  let gathered = new Map<string, LogEvent[]>();
  const underway = new Set<Promise<void>>();

  const hand = async (channel: string, events: readonly LogEvent[]) => {
    const traced = traces.publish(events);
    try {
      await bus.publish(channel, events, traced?.traces, behind.has(channel));
      traced?.end();
      for (const [first, last] of seqRanges(events)) marks.published(channel, first, last);
    } catch {
      // The bus reports the failure itself, and the relay publishes the events later.
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

/** Returns the seqs of events, which must be in order, as ranges without holes. Usually there is one range. */
export function seqRanges(events: readonly LogEvent[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const { seq } of events) {
    const current = found.at(-1);
    if (current !== undefined && current[1] === seq - 1) current[1] = seq;
    else found.push([seq, seq]);
  }
  return found;
}
