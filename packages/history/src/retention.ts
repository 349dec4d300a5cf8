import { setImmediate as turn } from 'node:timers/promises';
import { LOCK_CHANNEL } from './change-statements.ts';
import type { Database } from './database.ts';
import type { Retention } from './history.ts';
import { RUN_STEP } from './log-time.ts';
import { HOLD_SEARCH_CURSOR } from './search-statements.ts';
import { DROP_OLDEST, LEADING_RUN, OVER_BOUNDS } from './time-statements.ts';

/** Events deleted in one transaction: its locks are held for some milliseconds. */
const DROP_STEP = 1_000;

/** Channels examined in one query: some milliseconds of the server. */
const CHANNELS_STEP = 500;

/** Deletes what exceeds the limits, as History.retain says. */
export async function retainIn(
  database: Database,
  { channel, maxAgeMs, maxCount }: Retention,
): Promise<number> {
  const bounds = { maxAgeMs, maxCount };
  if (channel !== undefined) return retainOf(database, channel, bounds);
  let dropped = 0;
  let last: string | undefined = '';
  while (last !== undefined) {
    const page = await database.run(OVER_BOUNDS, [last, maxCount ?? null, maxAgeMs ?? null, CHANNELS_STEP]);
    for (const { name, over } of page) {
      if (over === 1) dropped += await retainOf(database, String(name), bounds);
    }
    last = page.length < CHANNELS_STEP ? undefined : String(page.at(-1)?.name);
    await turn();
  }
  return dropped;
}

/**
 * For one channel. By age, events before the first younger event are deleted: found without a lock, because later
 * events do not affect it.
 */
async function retainOf(
  database: Database,
  channel: string,
  { maxAgeMs, maxCount }: { maxAgeMs: number | undefined; maxCount: number | undefined },
): Promise<number> {
  let dropped = maxCount === undefined ? 0 : await drop(database, channel, { maxCount });
  if (maxAgeMs === undefined) return dropped;
  for (let from: number | undefined = 0; from !== undefined; ) {
    const [run] = await database.run(LEADING_RUN, [channel, maxAgeMs, from, RUN_STEP]);
    const [old, upTo] = [run?.old ?? null, run?.upto ?? null];
    if (old !== null) dropped += await drop(database, channel, { until: Number(old) });
    from = upTo === null ? undefined : Number(upTo);
  }
  return dropped;
}

/** In steps, so that posts to the channel continue in between. */
async function drop(
  database: Database,
  channel: string,
  { maxCount = null, until = null }: { maxCount?: number | null; until?: number | null },
): Promise<number> {
  let dropped = 0;
  for (let step = DROP_STEP; step === DROP_STEP; ) {
    step = await database.atomically(async (run) => {
      // Locks in the order of a deletion, before the indexer can reach the entries to delete.
      await run(LOCK_CHANNEL, [channel]);
      await run(HOLD_SEARCH_CURSOR, [channel]);
      const [row] = await run(DROP_OLDEST, [channel, maxCount, until, DROP_STEP]);
      return Number(row?.dropped ?? 0);
    });
    dropped += step;
    await turn();
  }
  return dropped;
}
