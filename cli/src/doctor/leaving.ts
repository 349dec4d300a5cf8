import { setTimeout as sleep } from 'node:timers/promises';
import { type Finding, fault, ok, unknown, warning } from './finding.ts';
import { countReaders } from './presence.ts';
import { probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/** Carillon notices at once, or within a second from another node: anything longer is late, ms. */
const AT_ONCE_MS = 3_000;

/** How long a person who left still counts as present, in case of a reconnect, ms (packages/presence). */
const RETURN_MS = 5_000;

/**
 * How often the check is repeated. A late proxy notices by the next heartbeat, at some time within 15 s: noticing
 * within 3 s each time by chance happens once in 600 times.
 */
const TRIES = 4;

/** More than two heartbeats: a proxy that notices by a failed write has done so by then, ms. */
const LATEST_MS = 60_000;

/** A new stream is counted within this time, and gets an event about it, ms: the next write to it is a heartbeat. */
const COUNTED_WITHIN_MS = 3_000;

const OPEN_WITHIN_MS = 20_000;

/** How often Carillon is asked who is present, ms. It allows 20 such requests a second. */
const ASK_EVERY_MS = 250;

export interface LeavingOptions {
  /** Do not wait for a late proxy. */
  quick: boolean;
  /** Readers of the channel before the doctor connected; undefined if Carillon does not report it. */
  before: number | undefined;
  proxies: readonly ProxyName[];
}

/**
 * Checks whether Carillon notices that a reader has left: opens a stream, closes it, and waits until nobody is counted
 * on the channel; several times in a row, unless it takes long. Streams that were opened and closed before are
 * included.
 */
export async function examineLeaving(target: Target, options: LeavingOptions): Promise<Finding> {
  const { quick, before } = options;
  if (before === undefined) return unknown('leaving', 'Carillon does not report who is on the channel.');
  if (before > 0) {
    return unknown(
      'leaving',
      `Others are reading "${target.channel}": choose a channel without readers with --channel.`,
    );
  }
  const atOnceMs = AT_ONCE_MS + (target.token === undefined ? 0 : RETURN_MS);
  let longest = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    let left: Waited;
    try {
      if (!(await comeAndGo(target)))
        return unknown('leaving', 'Carillon does not count the reader that is connected.');
      left = await until(target, (readers) => readers === 0, quick ? atOnceMs : LATEST_MS);
    } catch (error) {
      return unknown('leaving', unreachable(error));
    }
    if (left.ms === undefined || left.ms > atOnceMs) return missed(left, atOnceMs, options);
    longest = Math.max(longest, left.ms);
  }
  return ok('leaving', `Carillon noticed within ${(longest / 1_000).toFixed(1)} s that a reader had left.`);
}

/** Opens a stream and closes it once it is counted. Resolves to whether it was counted. */
async function comeAndGo(target: Target): Promise<boolean> {
  const stream = await probe(streamOf(target), {
    headers: streamHeaders(target),
    withinMs: OPEN_WITHIN_MS,
  });
  try {
    const { ms } = await until(target, (readers) => readers > 0, COUNTED_WITHIN_MS);
    await stream.until(() => stream.events.some(({ name }) => name === 'presence'), COUNTED_WITHIN_MS);
    return ms !== undefined;
  } finally {
    stream.close();
  }
}

function missed({ ms, last }: Waited, atOnceMs: number, { quick, proxies }: LeavingOptions): Finding {
  const remedy = remedyFor('leaving missed', proxies);
  if (ms !== undefined) {
    return warning(
      'leaving',
      `Carillon notices only after ${(ms / 1_000).toFixed(0)} s that a reader has left, because the proxy closes its connection late: people are shown as present after they left.`,
      remedy,
    );
  }
  if (quick) {
    return warning(
      'leaving',
      `A reader who left is still counted after ${atOnceMs / 1_000} s. Run without --quick to see whether this ever ends.`,
      remedy,
    );
  }
  return fault(
    'leaving',
    `The proxy does not close its connection to Carillon when a reader leaves: after ${LATEST_MS / 1_000} s, streams without a reader are still counted (${last}). They are shown as present and use up the stream limit until they reach their maximum age.`,
    remedy,
  );
}

interface Waited {
  /** How long it took, ms; undefined if it did not happen. */
  ms: number | undefined;
  /** Number of readers at the last poll. */
  last: number;
}

async function until(target: Target, met: (readers: number) => boolean, withinMs: number): Promise<Waited> {
  const start = performance.now();
  let last = Number.NaN;
  for (;;) {
    // A failed request says nothing; the next may succeed.
    last = (await countReaders(target).catch(() => undefined)) ?? last;
    const ms = performance.now() - start;
    if (met(last)) return { ms, last };
    if (ms > withinMs) return { ms: undefined, last };
    await sleep(ASK_EVERY_MS);
  }
}
