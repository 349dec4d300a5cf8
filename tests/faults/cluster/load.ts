import type { Message } from '@carillon/protocol';
import { Api } from '../api.ts';
import type { OneBusCluster } from './cluster.ts';
import type { Consumer } from './consumer.ts';
import type { Reading } from './evidence.ts';
import type { Reader } from './reader.ts';
import { until } from './until.ts';
import { type Judgement, judge } from './verdict.ts';
import { startWriters, type Writers } from './writers.ts';

/** A busy machine starts a browser's page and a program in some seconds. */
const READERS_WITHIN_MS = 120_000;

/** After the last post, readers have all messages within this time, ms. */
const CAUGHT_UP_WITHIN_MS = 120_000;

/** Each has channels of its own. */
let loads = 0;

/** What clients felt of a fault. */
export interface Felt {
  /** Streams that they have, all together. */
  readonly streams: number;
  /** Streams that were cut. */
  readonly cuts: number;
  /** Posts that needed more than one attempt. */
  readonly repeated: number;
}

/** Clients that post and read through nginx, on channels of their own. */
export interface Load<Kind extends Reader = Reader> {
  readonly writers: Writers;
  readonly readers: readonly Kind[];
  /** Since the load runs. */
  felt(): Felt;
  /** Ends the posting, waits until all have all, and holds what each application was given against what each writer was promised. */
  judge(): Promise<Judgement>;
  stop(): Promise<void>;
}

/** Posts and reads; resolves when every reader has a message of each of its channels. */
export async function startLoad<Kind extends Reader>(
  cluster: OneBusCluster & { readonly consumer?: Consumer },
  fault: string,
  openReaders: (channels: readonly [string, string]) => Promise<Kind[]>,
): Promise<Load<Kind>> {
  const name = fault
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  loads += 1;
  const channels = [`${name}-${loads}-a`, `${name}-${loads}-b`] as const;
  const readers = await openReaders(channels);
  const writers = startWriters(cluster.origin, channels);
  const consumers = cluster.consumer === undefined ? [] : [readingOf(cluster.consumer, channels)];

  async function stop(): Promise<void> {
    await writers.stop();
    await Promise.all(readers.map((reader) => reader.close()));
  }

  await until('every reader has a message', READERS_WITHIN_MS, () =>
    readers.every((reader) => reader.channels.every((channel) => newest(reader, channel) > 0)),
  ).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    writers,
    readers,
    felt: () => ({
      streams: readers.reduce((sum, { streams }) => sum + streams, 0),
      cuts: readers.reduce((sum, { cuts }) => sum + cuts, 0),
      repeated: writers.posts.filter(({ attempts }) => attempts > 1).length,
    }),
    async judge() {
      await writers.stop();
      const logs = await readLogs(cluster, channels);
      const size = [...logs.values()].flat().length;
      const all = () =>
        readers.every((reader) =>
          reader.channels.every((channel) => newest(reader, channel) === logs.get(channel)?.at(-1)?.seq),
        ) &&
        consumers.every(
          ({ arrivals }) => new Set(arrivals.map(({ channel, seq }) => `${channel} ${seq}`)).size === size,
        );
      // Where one never has, the judgement says so.
      await until('all have all', CAUGHT_UP_WITHIN_MS, all).catch(() => {});
      return judge({ posts: writers.posts, readings: [...readers, ...consumers], logs });
    },
    stop,
  };
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

async function readLogs(
  { nginx }: OneBusCluster,
  channels: readonly string[],
): Promise<Map<string, Message[]>> {
  const api = new Api(nginx.port);
  const logs = new Map<string, Message[]>();
  for (const channel of channels) logs.set(channel, await api.log(channel));
  api.close();
  return logs;
}

function newest({ arrivals }: Reader, channel: string): number {
  return arrivals.findLast((arrival) => arrival.channel === channel)?.seq ?? 0;
}
