import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../api.ts';
import { EventStreamParser } from '../event-stream.ts';
import { type Cluster, DRAIN_SECONDS, type Node } from './cluster.ts';
import { until } from './until.ts';

const STREAMS = 200;
const TENTHS = 10;

/** While readers are away and return, a message comes this often, ms. */
const POST_EVERY_MS = 100;

/** A stream is open, and has what it missed, in a moment; 200 at once on a busy machine take longer, ms. */
const SOON_MS = 60_000;

/** A key of nginx's that nobody else has: all streams with it go to one node. */
const STICKY = 'carillon_node=d7a1d7a1d7a1d7a1d7a1d7a1d7a1d7a1';

interface Stream {
  readonly seqs: readonly number[];
  readonly parser: EventStreamParser;
  /** Resolves when the answer has ended, however it did. */
  readonly ended: Promise<void>;
  close(): void;
}

/** How the readers of a node that was stopped came back. */
export interface Drained {
  readonly windowMs: number;
  /** How many were told to come back in each tenth of the window; the last number counts times after its end. */
  readonly told: readonly number[];
  /** How many did: later than told where the machine is busy. */
  readonly returns: readonly number[];
  /** Seqs that each reader was given, before and after. */
  readonly seqs: readonly (readonly number[])[];
  /** How many messages there are. */
  readonly head: number;
}

/**
 * Opens 200 streams through nginx at one node, stops it by SIGTERM, and lets each reader come back when it was told,
 * while messages come.
 */
export async function drain({ nginx, broadcast }: Cluster): Promise<Drained> {
  const channel = `drained-${Date.now()}`;
  const path = `/v1/channels/${channel}/stream?since=earliest`;
  const api = new Api(nginx.port);
  const open = (cursor?: string) =>
    openStream(nginx.port, path, {
      Cookie: STICKY,
      ...(cursor !== undefined && { 'Last-Event-ID': cursor }),
    });
  const nobody = async () => (await streamsOf(broadcast)).every((count) => count === 0);
  await until('nobody reads any more', SOON_MS, nobody);
  const readers = Array.from({ length: STREAMS }, () => open());
  await until('every stream is open', SOON_MS, () =>
    readers.every(({ parser }) => parser.lastEventId !== ''),
  );
  const streams = await streamsOf(broadcast);
  const node = broadcast[streams.indexOf(STREAMS)];
  if (node === undefined) throw new Error(`the streams did not go to one node: ${streams}`);

  let head = 0;
  const posting = setInterval(() => {
    head += 1;
    void api.post(channel, `${head}`, `${head}`);
  }, POST_EVERY_MS);
  const windowMs = DRAIN_SECONDS * 1_000;
  const [told, returns] = [new Array<number>(TENTHS + 1).fill(0), new Array<number>(TENTHS + 1).fill(0)];
  const count = (ms: number, tenths: number[]) => {
    const tenth = Math.min(Math.floor((ms / windowMs) * TENTHS), TENTHS);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  };
  // From the first reader that is sent away: how long a process takes to hear a signal is not of the window.
  let begunAt = Number.POSITIVE_INFINITY;
  const stopping = node.kill('SIGTERM');
  const returned = await Promise.all(
    readers.map(async (reader) => {
      await reader.ended;
      begunAt = Math.min(begunAt, Date.now());
      const { retryMs = 0 } = reader.parser;
      count(retryMs, told);
      await sleep(retryMs);
      count(Date.now() - begunAt, returns);
      return open(reader.parser.lastEventId);
    }),
  );
  await stopping;
  await node.restart();
  clearInterval(posting);
  const seqs = () => readers.map((reader, index) => [...reader.seqs, ...(returned[index]?.seqs ?? [])]);
  await until('every reader has all', SOON_MS, () => seqs().every((seen) => seen.at(-1) === head));
  const drained = { windowMs, told, returns, seqs: seqs(), head };
  for (const reader of returned) reader.close();
  api.close();
  return drained;
}

function streamsOf(nodes: readonly Node[]): Promise<number[]> {
  return Promise.all(nodes.map((node) => node.metric('carillon_streams_open')));
}

/** A client as any is: it takes HTTP's chunks apart, and reads until the answer ends. */
function openStream(port: number, path: string, headers: Record<string, string>): Stream {
  const seqs: number[] = [];
  const parser = new EventStreamParser(({ name, data }) => {
    if (name === 'message') seqs.push((JSON.parse(data) as { seq: number }).seq);
  });
  const asking = get({ host: '127.0.0.1', port, path, headers, agent: false });
  const ended = new Promise<void>((resolve) => asking.once('close', () => resolve()));
  asking.on('error', () => {});
  asking.on('response', (answer) => {
    answer.on('data', (bytes: Buffer) => parser.feed(bytes));
    answer.on('error', () => {});
  });
  return { seqs, parser, ended, close: () => void asking.destroy() };
}
