import type { LogOptions, LogPage } from './calls.ts';
import type { LogEvent, OpenEvent, ResetEvent } from './protocol.ts';
import type { Hole } from './subscription.ts';

/** Hands on the events of several channels' logs: each once, in the order of its channel, what a stream skips included. */
export interface LogDelivery {
  /** By channel: seq of the last event that was handed on. */
  readonly positions: ReadonlyMap<string, number>;
  /** By channel: seq of the newest event that is known of. */
  readonly heads: ReadonlyMap<string, number>;
  /**
   * Reads and hands on what is missing before an event; undefined where nothing is. Rejects where it cannot be read, and with the
   * signal's reason when aborted.
   */
  fill(event: LogEvent, signal: AbortSignal): Promise<void> | undefined;
  /** Hands an event on. False where that was done before. */
  deliver(event: LogEvent): boolean;
  /** A stream says where its channels stand. */
  opened(channels: OpenEvent['channels']): void;
  /** Events are gone, up to where the reset says. */
  reset(event: ResetEvent): void;
  /** The server says how far the logs reach. */
  noteHeads(heads: Readonly<Record<string, number>>): void;
}

export interface LogDeliveryOptions {
  /** Reads a channel's log. */
  log: (channel: string, range: LogOptions) => Promise<LogPage>;
  onEvent: (event: LogEvent) => void;
  onReset: (event: ResetEvent) => void;
  /** A hole was filled. */
  onHole: (hole: Hole) => void;
}

/** Events that are read together where some are missing. */
const HOLE_PAGE = 200;

/** A delivery that stands nowhere yet: `opened` says where it starts. */
export function createLogDelivery({ log, onEvent, onReset, onHole }: LogDeliveryOptions): LogDelivery {
  const positions = new Map<string, number>();
  const heads = new Map<string, number>();

  function deliver(event: LogEvent): boolean {
    const { channel, seq } = event;
    if (seq <= (positions.get(channel) ?? 0)) return false;
    positions.set(channel, seq);
    if (seq > (heads.get(channel) ?? 0)) heads.set(channel, seq);
    onEvent(event);
    return true;
  }

  function reset(event: ResetEvent): void {
    positions.set(event.channel, event.from - 1);
    heads.set(event.channel, event.head);
    onReset(event);
  }

  async function readBefore({ channel, seq: before }: LogEvent, signal: AbortSignal): Promise<void> {
    const first = (positions.get(channel) ?? 0) + 1;
    for (let next = first; next < before; next = (positions.get(channel) ?? 0) + 1) {
      const { events, head } = await log(channel, { after: next - 1, limit: HOLE_PAGE, signal });
      signal.throwIfAborted();
      const found = events[0]?.seq ?? before;
      // It is no longer kept. That is a loss, and is reported as one.
      if (found > next)
        reset({ channel, reason: 'expired', from: Math.min(found, before), head, history: '' });
      for (const event of events) {
        if (event.seq < before) deliver(event);
        // A listener has closed or paused the subscription.
        signal.throwIfAborted();
      }
    }
    onHole({ channel, from: first, to: before - 1 });
  }

  return {
    positions,
    heads,
    deliver,
    reset,
    fill(event, signal) {
      const { channel, seq } = event;
      return seq <= (positions.get(channel) ?? seq - 1) + 1 ? undefined : readBefore(event, signal);
    },
    opened(channels) {
      for (const [channel, { head, from }] of Object.entries(channels)) {
        heads.set(channel, head);
        if (!positions.has(channel)) positions.set(channel, from - 1);
      }
    },
    noteHeads(now) {
      for (const [channel, head] of Object.entries(now)) heads.set(channel, head);
    },
  };
}
