import { setTimeout as sleep } from 'node:timers/promises';
import { type Finding, fault, ok, unknown, warning } from './finding.ts';
import { countReaders } from './presence.ts';
import { type Probe, probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/** A person who leaves is kept for 5 s in case they come back, and counts are told each second: what takes longer is late, ms. */
const AT_ONCE_MS = 10_000;

/** Two heartbeats and more: a proxy that finds by a failed write that a reader has gone does so by then, ms. */
const LATEST_MS = 60_000;

/** A stream that is opened is counted within this, ms. */
const COUNTED_WITHIN_MS = 5_000;

const OPEN_WITHIN_MS = 20_000;

/** How often Carillon is asked who is there, ms: it counts once a second. */
const ASK_EVERY_MS = 1_000;

export interface LeavingOptions {
  /** Do not wait for a proxy that is late. */
  quick: boolean;
  /** Readers of the channel before the doctor came; undefined where Carillon does not say. */
  before: number | undefined;
  proxies: readonly ProxyName[];
}

/**
 * Whether Carillon learns that a reader has left: opens a stream, closes it, and waits until nobody is counted on the
 * channel any more. Streams that were opened and closed before count too.
 */
export async function examineLeaving(
  target: Target,
  { quick, before, proxies }: LeavingOptions,
): Promise<Finding> {
  if (before === undefined) return unknown('leaving', 'Carillon does not say who is on the channel.');
  if (before > 0) {
    return unknown(
      'leaving',
      `Others read "${target.channel}": name a channel that nobody reads with --channel.`,
    );
  }
  let stream: Probe;
  try {
    stream = await probe(streamOf(target), { headers: streamHeaders(target), withinMs: OPEN_WITHIN_MS });
  } catch (error) {
    return unknown('leaving', unreachable(error));
  }
  try {
    const counted = await until(target, (readers) => readers > 0, COUNTED_WITHIN_MS);
    if (counted.ms === undefined) return unknown('leaving', 'Carillon counts no reader where one is.');
  } finally {
    stream.close();
  }
  const gone = await until(target, (readers) => readers === 0, quick ? AT_ONCE_MS : LATEST_MS);
  return judge(gone, quick, proxies);
}

function judge({ ms, last }: Waited, quick: boolean, proxies: readonly ProxyName[]): Finding {
  const missed = remedyFor('leaving missed', proxies);
  if (ms === undefined && quick) {
    return warning(
      'leaving',
      `A reader who left is still counted after ${AT_ONCE_MS / 1_000} s; without --quick you see whether for ever.`,
      missed,
    );
  }
  if (ms === undefined) {
    return fault(
      'leaving',
      `The proxy does not tell Carillon that a reader has left: after ${LATEST_MS / 1_000} s ${last} are still counted. They are shown as present, cost memory, and fill the limit of streams until nobody gets in.`,
      missed,
    );
  }
  const seconds = (ms / 1_000).toFixed(0);
  if (ms > AT_ONCE_MS) {
    return warning(
      'leaving',
      `The proxy tells Carillon only after ${seconds} s that a reader has left: people are shown as present for longer than they are.`,
      missed,
    );
  }
  return ok('leaving', `Carillon knew within ${Math.max(1, Number(seconds))} s that a reader had left.`);
}

interface Waited {
  /** How long it took, ms; undefined where it did not come about. */
  ms: number | undefined;
  /** Readers at the last look. */
  last: number;
}

async function until(target: Target, met: (readers: number) => boolean, withinMs: number): Promise<Waited> {
  const start = performance.now();
  let last = Number.NaN;
  for (;;) {
    // A call that fails says nothing; the next one may.
    last = (await countReaders(target).catch(() => undefined)) ?? last;
    const ms = performance.now() - start;
    if (met(last)) return { ms, last };
    if (ms > withinMs) return { ms: undefined, last };
    await sleep(ASK_EVERY_MS);
  }
}
