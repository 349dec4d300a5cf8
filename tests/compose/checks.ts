import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP } from './stack.ts';

export interface Check {
  name: string;
  status: 'ok' | 'failed' | 'not-configured';
  detail: string;
}

/** Asks `/checks` through nginx. */
async function checks(): Promise<Check[]> {
  const answer = await fetch(`${HTTP}/checks`, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(10_000),
  });
  const { checks } = (await answer.json()) as { checks?: Check[] };
  if (checks === undefined) throw new Error(`/checks answered ${answer.status} without checks`);
  return checks;
}

/** Each chat node has checks of its own: so what is asked so often in turn was answered by all of them. */
const IN_A_ROW = 6;

/** Waits until all lines are green at every node. Returns the time until they first were, ms. */
export async function untilGreen(what: string, withinMs: number): Promise<{ ms: number; names: string[] }> {
  const start = performance.now();
  for (;;) {
    const { seen } = await until(allGreen, what, withinMs - (performance.now() - start));
    const ms = performance.now() - start;
    let inRow = 1;
    while (inRow < IN_A_ROW && allGreen(await checks().catch(() => []))) inRow += 1;
    if (inRow === IN_A_ROW) return { ms, names: seen.map(({ name }) => name) };
  }
}

/** Waits until the lines are as wanted. Returns the time that took, ms. */
export async function until(
  wanted: (checks: readonly Check[]) => boolean,
  what: string,
  withinMs = 60_000,
): Promise<{ ms: number; seen: readonly Check[] }> {
  const start = performance.now();
  let last: unknown;
  while (performance.now() - start < withinMs) {
    try {
      const seen = await checks();
      if (wanted(seen)) return { ms: performance.now() - start, seen };
      last = seen.filter(({ status }) => status !== 'ok');
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(
    `${what}: not within ${withinMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}

const allGreen = (seen: readonly Check[]) => seen.length > 0 && seen.every(({ status }) => status === 'ok');
