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

describe.skipIf(!clusterInstalled || !chromiumInstalled)('two nodes of each service behind nginx', () => {
  let cluster: Cluster;
  let chromium: Chromium;
  beforeAll(async () => {
    cluster = await startCluster();
    chromium = await startChromium();
  }, 120_000);
  afterAll(async () => {
    await chromium?.close();
    await cluster?.stop();
  });

  it.for(scenarios.filter(({ isRare }) => !isRare))(
    'lose, repeat and reorder no message: $fault',
    { timeout: 180_000 },
    async (scenario) => {
      const finding = await trial(cluster, chromium, scenario, scenario.lastsInTestsMs ?? scenario.lastsMs);
      expect(finding.judgement).toEqual({ ...CLEAN, examples: [] });
      expect(scenario.isExpected?.(finding) ?? true, `${JSON.stringify(finding)}`).toBe(true);
      expect(finding.normalAfterMs).toBeLessThan(finding.lastedMs + NORMAL_AFTER_MS);
    },
  );

  it('take the readers of a stopped node over the whole drain window, each with all of its messages', async () => {
    const { returns, seqs, head } = await drain(cluster);
    expect(Math.max(...returns)).toBeLessThan(seqs.length / 3);
    expect(returns.at(-1)).toBeLessThan(seqs.length / 10);
    expect(head).toBeGreaterThan(0);
    for (const seen of seqs) expect(seen).toEqual(upTo(head));
  }, 120_000);
});
