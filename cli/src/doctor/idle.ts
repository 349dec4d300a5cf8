import { type Finding, fault, ok, warning } from './finding.ts';
import { type Probe, probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/** Interval of heartbeats, ms (docs: heartbeat). */
const HEARTBEAT_MS = 15_000;

/** Time for two heartbeats, of which the first comes at any time within its interval, with a margin. */
const HOLD_MS = 2 * HEARTBEAT_MS + 5_000;

/** Two heartbeats closer together than this were held back on the way, ms. */
const TOGETHER_MS = 5_000;

const OPEN_WITHIN_MS = 20_000;

/** A connection that ends this soon after data was not cut for being idle, ms. */
const NOT_IDLE_MS = 1_000;

/** Holds a quiet stream open until its second heartbeat. */
export async function examineIdle(target: Target, proxies: readonly ProxyName[]): Promise<Finding> {
  let stream: Probe;
  try {
    stream = await probe(streamOf(target), { headers: streamHeaders(target), withinMs: OPEN_WITHIN_MS });
  } catch (error) {
    return fault('idle', unreachable(error), 'Check the log of the proxy.');
  }
  const beats = () => stream.events.filter(({ name }) => name === 'heartbeat');
  await stream.until(() => beats().length >= 2, HOLD_MS);
  const { endedAt, events, bytes, lastAt } = stream;
  stream.close();
  const [first, second] = beats();
  if (events.some(({ name }) => name === 'drain')) {
    return warning('idle', 'The node shut down during this check.', 'Run the check again.');
  }
  if (endedAt !== undefined && second === undefined) {
    const silentMs = endedAt - lastAt;
    if (silentMs < NOT_IDLE_MS) {
      const stood = ((endedAt - stream.askedAt) / 1_000).toFixed(0);
      return fault(
        'idle',
        `The stream was cut after ${stood} s and ${bytes} bytes, just after data had passed: something in between limits the size or the duration of a response.`,
        remedyFor('cut after bytes', proxies),
      );
    }
    const silent = (silentMs / 1_000).toFixed(0);
    return fault(
      'idle',
      `The stream was cut after ${silent} s of silence, and a heartbeat comes every ${HEARTBEAT_MS / 1_000} s: readers of quiet channels are disconnected again and again.`,
      remedyFor('cut when idle', proxies),
    );
  }
  if (first === undefined || second === undefined) {
    return fault(
      'idle',
      `Fewer than two heartbeats arrived within ${HOLD_MS / 1_000} s: something in between holds small chunks back.`,
      remedyFor('gathered', proxies),
    );
  }
  const apart = second.at - first.at;
  if (apart < TOGETHER_MS) {
    return fault(
      'idle',
      `Two heartbeats arrived ${(apart / 1_000).toFixed(1)} s apart: they were held back and released together.`,
      remedyFor('gathered', proxies),
    );
  }
  return ok(
    'idle',
    `A quiet stream stays open; its heartbeats arrived ${(apart / 1_000).toFixed(1)} s apart.`,
  );
}
