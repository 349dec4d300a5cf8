/**
 * `npm run faults`: every fault at its full length, and what it did, as a Markdown table for docs/reliability.md.
 * `npm run faults -- nginx Kafka` makes those whose names have one of the words. Exits with 1 where a message was lost,
 * repeated or out of order, a post failed for good, or a fault was felt where it should not be.
 */
import { chromiumInstalled, startChromium } from '../../servers/chromium.ts';
import { clusterInstalled, startCluster } from './cluster.ts';
import { drain } from './drain.ts';
import { LATE_MS } from './punctuality.ts';
import { isAsExpected, scenarios } from './scenarios.ts';
import { printFinding, printHead } from './table.ts';
import { trial } from './trial.ts';

const words = process.argv.slice(2);
const isAsked = (fault: string) => words.length === 0 || words.some((word) => fault.includes(word));

if (!clusterInstalled || !chromiumInstalled) process.exit(1);
const cluster = await startCluster();
const chromium = await startChromium();
const isSound = await makeAll().finally(async () => {
  await chromium.close();
  await cluster.stop();
});
process.exit(isSound ? 0 : 1);

async function makeAll(): Promise<boolean> {
  let isSound = true;
  printHead();
  for (const scenario of scenarios.filter(({ fault }) => isAsked(fault))) {
    const finding = await trial(cluster, chromium, scenario, scenario.lastsMs);
    printFinding(finding);
    const { examples } = finding.judgement;
    const isExpected = isAsExpected(scenario, finding, LATE_MS);
    if (!isExpected) console.error(`  not as expected: ${JSON.stringify(finding)}`);
    isSound &&= examples.length === 0 && isExpected;
  }
  if (isAsked('drain')) {
    const { windowMs, returns, seqs } = await drain(cluster);
    console.log(`\n${seqs.length} readers of a node that was stopped came back over ${windowMs / 1_000} s:`);
    console.log(`in its tenths ${returns.slice(0, -1).join(', ')}, and ${returns.at(-1)} after it.`);
  }
  return isSound;
}
