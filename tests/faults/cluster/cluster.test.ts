import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, chromiumInstalled, startChromium } from '../../servers/chromium.ts';
import { upTo } from '../api.ts';
import { type Cluster, clusterInstalled, startCluster } from './cluster.ts';
import { drain } from './drain.ts';
import { scenarios } from './scenarios.ts';
import { trial } from './trial.ts';
import { CLEAN } from './verdict.ts';

/** All is normal again this long after the end of a fault, ms: clients wait up to 5 s between attempts, and the machine is busy. */
const NORMAL_AFTER_MS = 20_000;

/** A fault is felt where it should not be, once, on a machine that starts a JVM beside it: then it must not be in these tries. */
const TRIES_AFTER = 2;

describe.skipIf(!clusterInstalled || !chromiumInstalled)('two nodes of each service behind nginx', () => {
  let cluster: Cluster;
  let chromium: Chromium;
  beforeAll(async () => {
    cluster = await startCluster();
    chromium = await startChromium();
  }, 300_000);
  afterAll(async () => {
    await chromium?.close();
    await cluster?.stop();
  });

  it.for(scenarios.filter(({ isRare }) => !isRare))(
    'lose, repeat and reorder no message: $fault',
    { timeout: (1 + TRIES_AFTER) * 180_000 },
    async (scenario) => {
      const isAsExpected = async (): Promise<boolean> => {
        const finding = await trial(cluster, chromium, scenario, scenario.lastsInTestsMs ?? scenario.lastsMs);
        // What is lost once is lost: there is no second try for it.
        expect(finding.judgement).toEqual({ ...CLEAN, examples: [] });
        const isNormal = finding.normalAfterMs < finding.lastedMs + NORMAL_AFTER_MS;
        const isExpected = isNormal && (scenario.isExpected?.(finding) ?? true);
        if (!isExpected) console.log(`not as expected: ${JSON.stringify(finding)}`);
        return isExpected;
      };
      if (await isAsExpected()) return;
      for (let tries = 0; tries < TRIES_AFTER; tries++) expect(await isAsExpected()).toBe(true);
    },
  );

  it('take the readers of a stopped node over the whole drain window, each with all of its messages', async () => {
    const { returns, seqs, head } = await drain(cluster);
    expect(Math.max(...returns)).toBeLessThan(seqs.length / 3);
    expect(returns.at(-1)).toBeLessThan(seqs.length / 5);
    expect(head).toBeGreaterThan(0);
    for (const seen of seqs) expect(seen).toEqual(upTo(head));
  }, 300_000);
});
