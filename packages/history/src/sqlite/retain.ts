import type { Retention } from '../history.ts';
import { RUN_STEP } from '../log-time.ts';
import type { StoreReads } from './reader.ts';
import type { StoreThread } from './thread.ts';
import type { Writes } from './writer.ts';

/** Events deleted in one transaction: posts wait for some milliseconds. */
const DROP_STEP = 1_000;

/** Channels examined in one step. */
const CHANNELS_STEP = 2_000;

/**
 * Deletes what exceeds the limits, as History.retain says, in the store's threads. Resolves to the number of deleted
 * events.
 */
export async function retainIn(
  writer: StoreThread<Writes>,
  reader: StoreThread<StoreReads>,
  { channel, maxAgeMs, maxCount }: Retention,
): Promise<number> {
  /** In steps, so that posts continue in between. */
  async function drop(name: string, down: Parameters<Writes['dropOldest']>[1]): Promise<number> {
    let dropped = 0;
    for (let step = DROP_STEP; step === DROP_STEP; dropped += step) {
      step = await writer.call('dropOldest', name, down, DROP_STEP);
    }
    return dropped;
  }

  /** By age, events before the first younger event are deleted: later events do not affect it. */
  async function retainOf(name: string): Promise<number> {
    let dropped = maxCount === undefined ? 0 : await drop(name, { maxCount });
    if (maxAgeMs === undefined) return dropped;
    for (let from: number | undefined = 0; from !== undefined; ) {
      const run: Awaited<ReturnType<StoreReads['leadingRun']>> = await reader.call(
        'leadingRun',
        ...([name, maxAgeMs, from, RUN_STEP] as const),
      );
      if (run.old !== undefined) dropped += await drop(name, { until: run.old });
      from = run.upTo;
    }
    return dropped;
  }

  if (channel !== undefined) return retainOf(channel);
  let dropped = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const looked: ReturnType<StoreReads['overBounds']> = await reader.call(
      'overBounds',
      ...([after, { maxAgeMs, maxCount }, CHANNELS_STEP] as const),
    );
    for (const name of looked.over) dropped += await retainOf(name);
    after = looked.last;
  }
  return dropped;
}
