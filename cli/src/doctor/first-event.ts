import { type Finding, fault, ok, warning } from './finding.ts';
import { type Probe, probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';

/** `open` leaves the server at once; what does not bring it within this holds it back, ms. */
export const OPEN_WITHIN_MS = 5_000;

/** A stream's next event, a heartbeat, is there by then: what holds back the first until more comes lets both go, ms. */
export const NEXT_WITHIN_MS = 20_000;

/** Carillon tells a reader who is there within a second: the second thing that it writes, ms. */
const NEWS_WITHIN_MS = 2_000;

/** What was written at two times comes in one piece, ms apart, only where it waited on the way, or now and then by chance. */
const TOGETHER_MS = 5;

/** By chance it does not happen as often in a row. */
const TRIES = 4;

/** Held back it comes at any time of a second; unheld as fast as an ordinary answer, give or take this, ms. */
const SLOWER_MS = 150;

export interface FirstEvent {
  /** The stream that was opened first, whose `open` is there. */
  stream: Probe;
  /** How long an ordinary call took, ms. */
  callMs: number;
  proxies: readonly ProxyName[];
}

/** Whether the first event comes by itself, or is held back until the next one. */
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
    // The next examinations say so.
  }
  return undefined;
}

/** Whether what Carillon writes later came with the first event. */
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
