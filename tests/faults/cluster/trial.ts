import { setTimeout as sleep } from 'node:timers/promises';
import type { Chromium } from '../../servers/chromium.ts';
import { followInBrowser } from './browser-reader.ts';
import type { Cluster } from './cluster.ts';
import { followWithCurl } from './curl-reader.ts';
import { type Felt, startLoad } from './load.ts';
import { punctuality } from './punctuality.ts';
import type { FreezableReader } from './reader.ts';
import type { Scenario } from './scenarios.ts';
import { followWithSdk } from './sdk-reader.ts';
import { until } from './until.ts';
import type { Judgement } from './verdict.ts';

/** Nothing is late for this long before a fault, and after its end, ms. */
const CALM_MS = 2_000;

/** What is not normal this long after the end of a fault never will be, ms. */
const NORMAL_WITHIN_MS = 60_000;

/** What a fault did. */
export interface Finding extends Felt {
  readonly fault: string;
  /** From the first thing done to the last one undone, ms. */
  readonly lastedMs: number;
  readonly judgement: Judgement;
  readonly posts: number;
  /** Messages that applications were given. */
  readonly deliveries: number;
  /** From the fault until the last thing that was late had come to its end, ms; 0 where nothing was late, Infinity where that never was. */
  readonly normalAfterMs: number;
  readonly longestPostMs: number;
  readonly longestDeliveryMs: number;
}

/**
 * Posts and reads through nginx on channels of its own; makes the fault, ends it after `lastsMs`, goes on until
 * nothing is late any more, and holds what each application was given against what each writer was promised.
 * @throws where it does not run in time even before the fault.
 */
export async function trial(
  cluster: Cluster,
  chromium: Chromium,
  { fault, strike }: Scenario,
  lastsMs: number,
): Promise<Finding> {
  const load = await startLoad(cluster, fault, (channels) => openReaders(cluster.origin, chromium, channels));
  const { readers, writers } = load;
  try {
    const readyAt = Date.now();
    const look = () =>
      punctuality(
        writers.posts.filter(({ sentAt }) => sentAt >= readyAt),
        readers,
        Date.now(),
      );
    const nothingLateSince = (time: number) => () =>
      Date.now() - Math.max(time, look().lateUntil ?? 0) > CALM_MS;
    await until('it runs in time', NORMAL_WITHIN_MS, nothingLateSince(readyAt));

    const { cuts: cutsBefore } = load.felt();
    const struckAt = Date.now();
    const mend = await strike(cluster, readers);
    try {
      await sleep(lastsMs);
    } finally {
      await mend();
    }
    const mendedAt = Date.now();
    const isNormal = await until('all is normal', NORMAL_WITHIN_MS, nothingLateSince(mendedAt)).then(
      () => true,
      () => false,
    );
    const judgement = await load.judge();
    const { lateUntil = 0, ...longest } = look();
    const felt = load.felt();
    return {
      fault,
      lastedMs: mendedAt - struckAt,
      judgement,
      posts: writers.posts.length,
      deliveries: readers.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
      ...felt,
      cuts: felt.cuts - cutsBefore,
      normalAfterMs: isNormal ? Math.max(0, lateUntil - struckAt) : Number.POSITIVE_INFINITY,
      ...longest,
    };
  } finally {
    await load.stop();
  }
}

/** Of each kind two, so that both nodes have some; those of one channel see what a stream of several does not. */
async function openReaders(
  origin: string,
  { browser, freeze, thaw }: Chromium,
  channels: readonly [string, string],
): Promise<FreezableReader[]> {
  const [first, second] = channels;
  /** All pages of one browser freeze together. */
  const page = async (name: string) =>
    Object.assign(await followInBrowser(browser, origin, name, channels), { freeze, thaw });
  return [
    await page('EventSource 1'),
    await page('EventSource 2'),
    followWithSdk(origin, 'SDK 1', channels),
    followWithSdk(origin, 'SDK 2', [second]),
    followWithCurl(origin, 'curl 1', first),
    followWithCurl(origin, 'curl 2', second),
  ];
}
