/**
 * What a person may be told of a stream.
 * - `connecting`: for the first time; `reconnecting`: it was cut, or has been silent for too long
 * - `live`: everything that is there has arrived; `behind`: `by` events are on their way
 * - `waiting`: connected, but the server's store is away
 * - `denied`: it has ended for good
 */
export type StreamState =
  | { name: 'connecting' | 'live' | 'reconnecting' | 'waiting' | 'denied' }
  | { name: 'behind'; by: number };

export interface StreamFacts {
  /** Whether an event came since the stream was last cut. */
  up: boolean;
  /** Whether an event ever came. */
  wasUp: boolean;
  /** Whether it has ended for good. */
  denied: boolean;
  historyAway: boolean;
  /** By channel: seq of the newest event that is known of, and of the last that was handed on. */
  heads: ReadonlyMap<string, number>;
  positions: ReadonlyMap<string, number>;
}

/** Tells the state from what is known. */
export function streamState({ up, wasUp, denied, historyAway, heads, positions }: StreamFacts): StreamState {
  if (denied) return { name: 'denied' };
  if (!up) return { name: wasUp ? 'reconnecting' : 'connecting' };
  if (historyAway) return { name: 'waiting' };
  let by = 0;
  for (const [channel, head] of heads) by += Math.max(0, head - (positions.get(channel) ?? head));
  return by > 0 ? { name: 'behind', by } : { name: 'live' };
}

/** Whether a listener would be notified of the same state twice. */
export function sameState(a: StreamState, b: StreamState): boolean {
  return a.name === b.name && (a.name !== 'behind' || b.name !== 'behind' || a.by === b.by);
}
