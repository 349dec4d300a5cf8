import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, chromiumInstalled, startChromium } from '../../servers/chromium.ts';
import { upTo } from '../api.ts';
import { type Cluster, clusterInstalled, startCluster } from './cluster.ts';
import { drain } from './drain.ts';
import { LATE_MS } from './punctuality.ts';
import { isAsExpected, scenarios } from './scenarios.ts';
import { type Finding, trial } from './trial.ts';
import { CLEAN } from './verdict.ts';

/** Ten times what is late on a quiet machine, and half of a fault that must not hold anything up for so long. */
const LATE_IN_TESTS_MS = 10 * LATE_MS;

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
    { timeout: 400_000 },
    async (scenario) => {
      const finding = await trial(cluster, chromium, scenario, scenario.lastsInTestsMs ?? scenario.lastsMs);
      expect(finding.judgement).toEqual({ ...CLEAN, examples: [] });
      expect(finding.normalAfterMs).toBeLessThan(Number.POSITIVE_INFINITY);
      expect(finding).toSatisfy((found: Finding) => isAsExpected(scenario, found, LATE_IN_TESTS_MS));
    },
  );

  it('take the readers of a stopped node over the whole drain window, each with all of its messages', async () => {
    const { told, seqs, head } = await drain(cluster);
    expect(Math.max(...told)).toBeLessThan(seqs.length / 3);
    expect(told.at(-1)).toBeLessThan(seqs.length / 5);
    expect(head).toBeGreaterThan(0);
    for (const seen of seqs) expect(seen).toEqual(upTo(head));
  }, 300_000);
});
