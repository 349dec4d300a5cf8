import { type Finding, fault, ok, warning } from './finding.ts';
import { type Probe, probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';

/** The server sends `open` at once; if it takes longer than this, something holds it back, ms. */
export const OPEN_WITHIN_MS = 5_000;

/**
 * The next event of a stream, a heartbeat, has arrived by then: a proxy that holds the first event back until more
 * comes releases both, ms.
 */
export const NEXT_WITHIN_MS = 20_000;

/** Carillon reports who is present within a second: the second event of a stream, ms. */
const NEWS_WITHIN_MS = 2_000;

/**
 * Two events that were written separately and arrive within this time, ms, were held back, or came together by chance.
 */
const TOGETHER_MS = 5;

/** It does not happen by chance this often in a row. */
const TRIES = 4;

/**
 * If held back, the event arrives at any time of a second; otherwise as fast as an ordinary response, plus or minus
 * this, ms.
 */
const SLOWER_MS = 150;

export interface FirstEvent {
  /** The stream that was opened first, whose `open` has arrived. */
  stream: Probe;
  /** How long an ordinary request took, ms. */
  callMs: number;
  proxies: readonly ProxyName[];
}

/** Checks whether the first event arrives by itself, or is held back until the next one. */
export async function examineFirstEvent(
  target: Target,
  { stream, callMs, proxies }: FirstEvent,
): Promise<Finding> {
  const ms = openedAfter(stream);
  let slowest = ms;
  for (let tries = 1; tries <= TRIES && slowest <= OPEN_WITHIN_MS; tries++) {
    const again = tries === 1 ? stream : await reopen(target);
    if (again === undefined) break;
    const together = await cameTogether(again);
    const took = openedAfter(again);
    if (tries > 1) again.close();
    if (!together) return ok('first event', `The first event arrived after ${Math.round(ms)} ms.`);
    slowest = Math.max(slowest, took);
  }
  if (slowest > OPEN_WITHIN_MS) return fault('first event', heldFor(slowest), remedyFor('gathered', proxies));
  return slowest > callMs + SLOWER_MS
    ? warning('first event', heldFor(slowest), remedyFor('gathered', proxies))
    : ok('first event', `The first event arrived after ${Math.round(ms)} ms.`);
}

function heldFor(ms: number): string {
  return `The first event arrived only after ${(ms / 1_000).toFixed(1)} s, together with the next one: something in between holds back the first bytes of a response until more follow.`;
}

async function reopen(target: Target): Promise<Probe | undefined> {
  try {
    const stream = await probe(streamOf(target), {
      headers: streamHeaders(target),
      withinMs: NEXT_WITHIN_MS,
    });
    if (await stream.until(() => openOf(stream) !== undefined, NEXT_WITHIN_MS)) return stream;
    stream.close();
  } catch {
    // The next checks report it.
  }
  return undefined;
}

/** Whether a later event of Carillon arrived together with the first one. */
async function cameTogether(stream: Probe): Promise<boolean> {
  const later = () => stream.events.find(({ name }) => name !== 'open' && name !== 'reset');
  await stream.until(() => later() !== undefined, NEWS_WITHIN_MS);
  const [first, next] = [openOf(stream), later()];
  return first !== undefined && next !== undefined && next.at - first.at < TOGETHER_MS;
}

function openedAfter(stream: Probe): number {
  return (openOf(stream)?.at ?? Number.POSITIVE_INFINITY) - stream.askedAt;
}

function openOf({ events }: Probe) {
  return events.find(({ name }) => name === 'open');
}
