/**
 * `npm run faults`: every fault at its full length, and what it did, as a Markdown table for docs/reliability.md.
 * `npm run faults -- nginx Kafka` makes those whose names have one of the words. Exits with 1 where a message was lost,
 * repeated or out of order, a post failed for good, or a fault was felt where it should not be.
 */
import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { chromiumInstalled, startChromium } from '../../servers/chromium.ts';
import { clusterInstalled, startCluster } from './cluster.ts';
import { drain } from './drain.ts';
import { scenarios } from './scenarios.ts';
import { type Finding, trial } from './trial.ts';

const HEAD = [
  'fault',
  'it lasts',
  'posts',
  'tried again',
  'delivered',
  'streams cut',
  'lost',
  'holes',
  'out of order',
  'twice',
  'failed',
  'normal after',
  'longest post',
  'longest delivery',
];

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
  const machine = `${cpus().length} cores ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`;
  console.log(`${new Date().toISOString().slice(0, 10)}, commit ${commit()}, ${machine}\n`);
  printRow(HEAD);
  printRow(HEAD.map((_, index) => (index === 0 ? '---' : '--:')));
  for (const scenario of scenarios.filter(({ fault }) => isAsked(fault))) {
    const finding = await trial(cluster, chromium, scenario, scenario.lastsMs);
    printRow(rowOf(finding));
    const { examples } = finding.judgement;
    const isExpected = scenario.isExpected?.(finding) ?? true;
    for (const example of examples) console.error(`  ${example}`);
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

function rowOf({ judgement, ...found }: Finding): string[] {
  const { lost, holes, disordered, repeated, failed } = judgement;
  const counts = [found.posts, found.repeated, found.deliveries, found.cuts];
  return [
    found.fault,
    seconds(found.lastedMs),
    ...[...counts, lost, holes, disordered, repeated, failed].map((count) => count.toLocaleString('en')),
    ...[found.normalAfterMs, found.longestPostMs, found.longestDeliveryMs].map(seconds),
  ];
}

function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function seconds(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}

function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
