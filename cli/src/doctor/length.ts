import { call, isObject } from './call.ts';
import { type Finding, fault, ok, unknown, warning } from './finding.ts';
import { probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, type Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/** Bytes to read of a stream at most: the limits of scanners and gateways are mostly lower. */
const MOST_BYTES = 1024 * 1024;

/** Time limit, ms: a slow line carries less by then, and what it carried was not cut. */
const READ_WITHIN_MS = 15_000;

const OPEN_WITHIN_MS = 20_000;

/**
 * Two cuts whose sizes differ by less than this fraction are cuts at the same limit: chunks have other sizes each time.
 */
const ALIKE = 0.1;

/** Maximum number of channels of one stream (docs: a stream has 100). */
const CHANNELS = 100;

/**
 * Checks how much a stream may carry: reads the whole history of up to 100 channels, and repeats it if the stream is
 * cut.
 */
export async function examineLength(target: Target, proxies: readonly ProxyName[]): Promise<Finding> {
  try {
    const heads = await headsOf(target);
    if (heads.size === 0) return unknown('length', 'There is no channel with messages that you may read.');
    const first = await read(target, heads);
    if (first.kind === 'refused') return unknown('length', `The stream request returned ${first.status}.`);
    if (first.kind === 'passed')
      return ok('length', `A stream carried ${inBytes(first.bytes)} without being cut.`);
    const second = await read(target, heads);
    const again =
      second.kind === 'cut' && Math.abs(second.bytes - first.bytes) <= ALIKE * Math.max(first.bytes, 1);
    const remedy = remedyFor('cut after bytes', proxies);
    return again
      ? fault('length', `Streams are cut after ${inBytes(first.bytes)}, each time at the same size.`, remedy)
      : warning(
          'length',
          `A stream was cut after ${inBytes(first.bytes)}; this did not happen a second time.`,
          'Run the check again.',
        );
  } catch (error) {
    return unknown('length', unreachable(error));
  }
}

/** The readable channels that have events, each with the seq of its newest event. */
async function headsOf(target: Target): Promise<Map<string, number>> {
  const { json } = await call(target, `/v1/channels?limit=${CHANNELS}`);
  const heads = new Map<string, number>();
  for (const each of Array.isArray(json?.channels) ? (json.channels as readonly unknown[]) : []) {
    if (!isObject(each)) continue;
    const { channel, head, earliest } = each;
    const isKnown = typeof channel === 'string' && typeof head === 'number' && typeof earliest === 'number';
    if (isKnown && head >= earliest) heads.set(channel, head);
  }
  return heads;
}

type Read =
  | { kind: 'passed' | 'cut'; bytes: number }
  /** Not a stream: a status other than 200. */
  | { kind: 'refused'; status: number };

async function read(target: Target, heads: ReadonlyMap<string, number>): Promise<Read> {
  const url = new URL('/v1/stream?since=earliest', target.origin);
  for (const channel of heads.keys()) url.searchParams.append('channel', channel);
  const stream = await probe(url, { headers: streamHeaders(target), withinMs: OPEN_WITHIN_MS });
  try {
    const { statusCode = 0 } = stream.response;
    if (statusCode !== 200) return { kind: 'refused', status: statusCode };
    const waited = new Map(heads);
    let seen = 0;
    const reached = () => {
      for (; seen < stream.events.length; seen++) strike(waited, stream.events[seen]?.data);
      return stream.bytes >= MOST_BYTES || waited.size === 0;
    };
    await stream.until(reached, READ_WITHIN_MS);
    const passed = reached() || stream.endedAt === undefined || stream.events.some(isEnd);
    return { kind: passed ? 'passed' : 'cut', bytes: stream.bytes };
  } finally {
    stream.close();
  }
}

/** Removes a channel from the pending ones once its newest event has arrived. */
function strike(waited: Map<string, number>, data: unknown): void {
  if (!isObject(data) || typeof data.channel !== 'string' || typeof data.seq !== 'number') return;
  if (data.seq >= (waited.get(data.channel) ?? Number.POSITIVE_INFINITY)) waited.delete(data.channel);
}

/** Carillon itself ends the stream after it. */
const isEnd = ({ name }: { name: string }) => name === 'drain' || name === 'denied';

function inBytes(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}
