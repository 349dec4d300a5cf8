import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import type { Chromium } from '../../servers/chromium.ts';
import { Api } from '../api.ts';
import { followInBrowser } from './browser-reader.ts';
import type { Cluster } from './cluster.ts';
import type { Consumer } from './consumer.ts';
import { followWithCurl } from './curl-reader.ts';
import type { Reading } from './evidence.ts';
import { punctuality } from './punctuality.ts';
import type { Reader } from './reader.ts';
import type { Scenario } from './scenarios.ts';
import { followWithSdk } from './sdk-reader.ts';
import { until } from './until.ts';
import { type Judgement, judge } from './verdict.ts';
import { startWriters } from './writers.ts';

/** A busy machine starts a browser's page and a program in some seconds. */
const READERS_WITHIN_MS = 60_000;

/** Nothing is late for this long before a fault, and after its end, ms. */
const CALM_MS = 2_000;

/** What is not normal this long after the end of a fault never will be, ms. */
const NORMAL_WITHIN_MS = 60_000;

/** When nobody posts any more, readers have all of it after this at the latest, ms. */
const CAUGHT_UP_WITHIN_MS = 40_000;

/** Each has channels of its own. */
let trials = 0;

/** What a fault did. */
export interface Finding {
  readonly fault: string;
  /** From the first thing done to the last one undone, ms. */
  readonly lastedMs: number;
  readonly judgement: Judgement;
  readonly posts: number;
  /** Posts that needed more than one attempt. */
  readonly repeated: number;
  /** Messages that applications were given. */
  readonly deliveries: number;
  /** Streams that were cut. */
  readonly cuts: number;
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
  const name = fault
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  trials += 1;
  const channels = [`${name}-${trials}-a`, `${name}-${trials}-b`];
  const readers = await openReaders(cluster.origin, chromium, channels);
  const writers = startWriters(cluster.origin, channels);
  try {
    await until('every reader has a message', READERS_WITHIN_MS, () =>
      readers.every((reader) => reader.channels.every((channel) => newest(reader, channel) > 0)),
    );
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

    const cutsBefore = cutsOf(readers);
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
    await writers.stop();

    const logs = await readLogs(cluster, channels);
    const consumer = readingOf(cluster.consumer, channels);
    const size = [...logs.values()].flat().length;
    const all = () =>
      readers.every((reader) =>
        reader.channels.every((channel) => newest(reader, channel) === logs.get(channel)?.at(-1)?.seq),
      ) && new Set(consumer.arrivals.map(({ channel, seq }) => `${channel} ${seq}`)).size === size;
    // Where one never has, the judgement says so.
    await until('all have all', CAUGHT_UP_WITHIN_MS, all).catch(() => {});
    const { lateUntil = 0, ...longest } = look();
    return {
      fault,
      lastedMs: mendedAt - struckAt,
      judgement: judge({ posts: writers.posts, readings: [...readers, consumer], logs }),
      posts: writers.posts.length,
      repeated: writers.posts.filter(({ attempts }) => attempts > 1).length,
      deliveries: readers.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
      cuts: cutsOf(readers) - cutsBefore,
      normalAfterMs: isNormal ? Math.max(0, lateUntil - struckAt) : Number.POSITIVE_INFINITY,
      ...longest,
    };
  } finally {
    await writers.stop();
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

/** Of each kind two, so that both nodes have some; those of one channel see what a stream of several does not. */
async function openReaders(
  origin: string,
  chromium: Chromium,
  channels: readonly string[],
): Promise<Reader[]> {
  const [first = '', second = ''] = channels;
  return [
    await followInBrowser(chromium, origin, 'EventSource 1', channels),
    await followInBrowser(chromium, origin, 'EventSource 2', channels),
    followWithSdk(origin, 'SDK 1', channels),
    followWithSdk(origin, 'SDK 2', [second]),
    followWithCurl(origin, 'curl 1', first),
    followWithCurl(origin, 'curl 2', second),
  ];
}

function readingOf({ arrivals }: Consumer, channels: readonly string[]): Reading {
  return {
    reader: 'Kafka consumer',
    channels,
    isLoose: true,
    get arrivals() {
      return arrivals.filter(({ channel }) => channels.includes(channel));
    },
    complaints: [],
  };
}

async function readLogs({ nginx }: Cluster, channels: readonly string[]): Promise<Map<string, Message[]>> {
  const api = new Api(nginx.port);
  const logs = new Map<string, Message[]>();
  for (const channel of channels) logs.set(channel, await api.log(channel));
  api.close();
  return logs;
}

function newest({ arrivals }: Reader, channel: string): number {
  return arrivals.findLast((arrival) => arrival.channel === channel)?.seq ?? 0;
}

function cutsOf(readers: readonly Reader[]): number {
  return readers.reduce((sum, { cuts }) => sum + cuts, 0);
}
