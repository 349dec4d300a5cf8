import type { Bus } from '@carillon/bus';
import type { History, Unpublished } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import type { ChannelsBehind } from './channels-behind.ts';
import type { PostTraces } from './post-traces.ts';
import type { PublishedMarks } from './published-marks.ts';
import { stretches } from './publisher.ts';
import { repeat, type Turn } from './repeat.ts';

/** How often marks are written and the store is asked. With {@link STUCK_MS} a lost publish is mended within 1.5 s. */
const RELAY_INTERVAL_MS = 500;

/** A publish takes milliseconds; what was not published this long after it was seen in the store is not under way any more. */
const STUCK_MS = 1_000;

/** Channels looked at in one turn. */
const CHANNELS_PER_TURN = 1_000;

/** One envelope: small enough for any broker's packet. */
const EVENTS_PER_PUBLISH = 100;
const BYTES_PER_PUBLISH = 256 * 1024;

/** Envelopes of one channel in one turn, so that a long backlog keeps no other waiting. */
const PUBLISHES_PER_TURN = 20;

export interface RelayParts {
  history: History;
  bus: Bus;
  marks: PublishedMarks;
  behind: ChannelsBehind;
  traces: PostTraces;
  /** Counts messages that it published. */
  relayed: { inc(count: number): void };
  log: Log;
}

/** How far publishing is behind. */
export interface RelayState {
  /** Messages not known to be published, when it was last looked. */
  readonly backlog: number;
  /** For how long the oldest of them has waited since it was first seen, until now. */
  readonly oldestSeconds: number;
}

/**
 * The log is its own outbox: writes what was published to the store, and publishes what somebody committed and
 * did not live (or could not reach the bus) to publish. Several nodes may run it: an event then comes twice,
 * which a reader sees by its seq.
 */
export function startRelay(parts: RelayParts): RelayState & { close(): Promise<void> } {
  /** For each channel that is behind: the head at `since`, on the clock of this process. */
  let waiting = new Map<string, { published: number; head: number; since: number }>();
  let backlog = 0;

  const turn = async (): Promise<Turn> => {
    const { history, marks, behind } = parts;
    await marks.write(history);
    const behindBefore = behind.all();
    // Not only those quiet for a second: a channel that is never quiet can be stuck as well.
    const channels = await history.unpublished(0, CHANNELS_PER_TURN);
    // What is not listed was published meanwhile, by another node's relay.
    if (channels.length < CHANNELS_PER_TURN) {
      const listed = new Set(channels.map(({ channel }) => channel));
      for (const [channel, last] of behindBefore) if (!listed.has(channel)) behind.published(channel, last);
    }
    const now = performance.now();
    const still: typeof waiting = new Map();
    let missing = 0;
    for (const { channel, published, head } of channels) {
      missing += head - published;
      const known = waiting.get(channel);
      const goesOn = known !== undefined && published < known.head;
      still.set(channel, goesOn ? { ...known, published } : { published, head, since: now });
    }
    waiting = still;
    backlog = missing;

    let next: Turn = 'rest';
    for (const [channel, { published, head, since }] of still) {
      if (now - since < STUCK_MS) continue;
      if ((await republish(parts, { channel, published, head })) === 'more') next = 'more';
    }
    return next;
  };

  const running = repeat(turn, { name: 'relay', intervalMs: RELAY_INTERVAL_MS, log: parts.log });
  return {
    close: () => running.close(),
    get backlog() {
      return backlog;
    },
    // Also while the store is away, or the bus: then no turn comes to its end, and what waits gets older.
    get oldestSeconds() {
      let oldest = Number.POSITIVE_INFINITY;
      for (const { since } of waiting.values()) oldest = Math.min(oldest, since);
      return waiting.size === 0 ? 0 : (performance.now() - oldest) / 1_000;
    },
  };
}

async function republish(parts: RelayParts, { channel, published, head }: Unpublished): Promise<Turn> {
  const { history, bus, marks, behind, traces, relayed } = parts;
  let at = published;
  for (let count = 0; count < PUBLISHES_PER_TURN; count++) {
    const events = await history.after(channel, at, EVENTS_PER_PUBLISH, BYTES_PER_PUBLISH);
    const first = events[0];
    const last = events.at(-1);
    // Retention may have dropped what was never published.
    const gone = first === undefined ? head : first.seq - 1;
    if (gone > at) marks.published(channel, at + 1, gone);
    if (first === undefined || last === undefined) return 'rest';
    const traced = traces.publish(events);
    try {
      await bus.publish(channel, events, traced?.traces);
      traced?.end();
    } catch (error) {
      traced?.fail();
      throw error;
    }
    relayed.inc(events.length);
    for (const [from, to] of stretches(events)) marks.published(channel, from, to);
    at = last.seq;
    behind.published(channel, at);
    // What was posted since the turn began was held back behind these: so it goes on until nothing is.
    if (at >= head && !behind.has(channel)) return 'rest';
  }
  return 'more';
}
