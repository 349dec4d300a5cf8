import type { Bus } from '@carillon/bus';
import type { History, Unpublished } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import type { ChannelsBehind } from './channels-behind.ts';
import type { PostTraces } from './post-traces.ts';
import type { PublishedMarks } from './published-marks.ts';
import { seqRanges } from './publisher.ts';
import { repeat, type Turn } from './repeat.ts';

/** How often marks are written and the store is queried, ms. With {@link STUCK_MS}, a lost publish is repeated within 1.5 s. */
const RELAY_INTERVAL_MS = 500;

/** A publish takes milliseconds: an event that is still unpublished this long after the relay first saw it counts as lost, ms. */
const STUCK_MS = 1_000;

/** Most channels that are checked in one turn. */
const CHANNELS_PER_TURN = 1_000;

/** Most events and bytes of one envelope: small enough for any broker's packet. */
const EVENTS_PER_PUBLISH = 100;
const BYTES_PER_PUBLISH = 256 * 1024;

/** Most envelopes of one channel in one turn, so that a long backlog does not delay other channels. */
const PUBLISHES_PER_TURN = 20;

export interface RelayParts {
  history: History;
  bus: Bus;
  marks: PublishedMarks;
  behind: ChannelsBehind;
  traces: PostTraces;
  /** Counts the messages that the relay published. */
  relayed: { inc(count: number): void };
  log: Log;
}

/** How far publishing is behind. */
export interface RelayState {
  /** Messages not known to be published, at the last check. */
  readonly backlog: number;
  /** How long the oldest of them has waited since this process first saw it, s. */
  readonly oldestSeconds: number;
}

/**
 * Starts the relay, which uses the log as an outbox: it marks in the store what was published, and publishes events whose node died or
 * could not reach the bus. It runs until closed. Several nodes may run it: an event may then come twice, and readers drop the
 * second by its seq.
 */
export function startRelay(parts: RelayParts): RelayState & { close(): Promise<void> } {
  /** For each channel that is behind: the head at `since`, on the clock of this process. */
  let waiting = new Map<string, { published: number; head: number; since: number }>();
  let backlog = 0;

  const turn = async (): Promise<Turn> => {
    const { history, marks, behind } = parts;
    await marks.write(history);
    const behindBefore = behind.all();
    // Not only channels that were quiet for a second: a busy channel can be stuck, too.
    const channels = await history.unpublished(0, CHANNELS_PER_TURN);
    // If a channel is not listed, the relay of another node has published its events.
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
    // Computed on each read: while the store or the bus is unavailable no turn completes, but the events still get older.
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
    // Retention may have deleted events that were never published.
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
    for (const [from, to] of seqRanges(events)) marks.published(channel, from, to);
    at = last.seq;
    behind.published(channel, at);
    // Events posted since the turn began were held back behind these: continue until none are.
    if (at >= head && !behind.has(channel)) return 'rest';
  }
  return 'more';
}
