import { call, isObject } from './call.ts';
import { type Finding, fault, ok, unknown, warning } from './finding.ts';
import { type Probe, probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/** More is not read of a stream, bytes: what scanners and gateways bound is mostly less. */
const MOST_BYTES = 1024 * 1024;

/** A slow line carries less than that by then, and what it carried was not cut, ms. */
const READ_WITHIN_MS = 15_000;

const OPEN_WITHIN_MS = 20_000;

/** Two cuts whose bytes differ by less than this part are cuts after as many bytes: pieces come in other sizes each time. */
const ALIKE = 0.1;

/** Channels that are looked through for the longest one. */
const CHANNELS = 100;

/** How much a stream may carry: reads the longest channel from its beginning, and twice where it is cut. */
export async function examineLength(target: Target, proxies: readonly ProxyName[]): Promise<Finding> {
  try {
    const longest = await longestChannel(target);
    if (longest === undefined) return unknown('length', 'There is no channel with messages to read.');
    const first = await read(target, longest);
    if (first.kind === 'refused') return unknown('length', `The stream is answered with ${first.status}.`);
    if (first.kind === 'passed')
      return ok('length', `A stream carried ${inBytes(first.bytes)} without a cut.`);
    const second = await read(target, longest);
    const again =
      second.kind === 'cut' && Math.abs(second.bytes - first.bytes) <= ALIKE * Math.max(first.bytes, 1);
    const remedy = remedyFor('cut after bytes', proxies);
    return again
      ? fault('length', `Streams are cut after ${inBytes(first.bytes)}: each time at the same place.`, remedy)
      : warning(
          'length',
          `A stream was cut after ${inBytes(first.bytes)}, and then not so again.`,
          'Look again.',
        );
  } catch (error) {
    return unknown('length', unreachable(error));
  }
}

interface Longest {
  channel: string;
  /** seq of its newest event. */
  head: number;
}

async function longestChannel(target: Target): Promise<Longest | undefined> {
  const { json } = await call(target, `/v1/channels?limit=${CHANNELS}`);
  const listed = Array.isArray(json?.channels) ? (json.channels as readonly unknown[]) : [];
  let longest: (Longest & { events: number }) | undefined;
  for (const each of listed) {
    if (!isObject(each)) continue;
    const { channel, head, earliest = 1 } = each;
    if (typeof channel !== 'string' || typeof head !== 'number' || typeof earliest !== 'number') continue;
    const events = head - earliest + 1;
    if (events > (longest?.events ?? 0)) longest = { channel, head, events };
  }
  return longest;
}

type Read =
  | { kind: 'passed' | 'cut'; bytes: number }
  /** No stream: a status other than 200, or a drain. */
  | { kind: 'refused'; status: number };

async function read(target: Target, { channel, head }: Longest): Promise<Read> {
  const url = streamOf({ ...target, channel });
  url.searchParams.set('since', 'earliest');
  const stream = await probe(url, { headers: streamHeaders(target), withinMs: OPEN_WITHIN_MS });
  try {
    const { statusCode = 0 } = stream.response;
    if (statusCode !== 200) return { kind: 'refused', status: statusCode };
    const reached = () => stream.bytes >= MOST_BYTES || seqOf(stream) >= head;
    await stream.until(reached, READ_WITHIN_MS);
    const passed = reached() || stream.endedAt === undefined || stream.events.some(isEnd);
    return { kind: passed ? 'passed' : 'cut', bytes: stream.bytes };
  } finally {
    stream.close();
  }
}

/** seq of the last event that came; 0 where none has. */
function seqOf({ events }: Probe): number {
  const data = events.findLast((event) => isObject(event.data) && 'seq' in event.data)?.data;
  return isObject(data) ? Number(data.seq) : 0;
}

/** Carillon itself ends the stream after it. */
const isEnd = ({ name }: { name: string }) => name === 'drain' || name === 'denied';

function inBytes(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}
