import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import type { Finding } from './trial.ts';

const COLUMNS = [
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

/** Prints when, of what and where the rows are that come, and the head of their table. */
export function printHead(): void {
  const machine = `${cpus().length} cores ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`;
  console.log(`${new Date().toISOString().slice(0, 10)}, commit ${commit()}, ${machine}\n`);
  printRow(COLUMNS);
  printRow(COLUMNS.map((_, index) => (index === 0 ? '---' : '--:')));
}

/** Prints what a fault did as a row, and below it what was wrong. */
export function printFinding(finding: Finding): void {
  const { judgement, ...found } = finding;
  const { lost, holes, disordered, repeated, failed } = judgement;
  const counts = [found.posts, found.repeated, found.deliveries, found.cuts];
  printRow([
    found.fault,
    seconds(found.lastedMs),
    ...[...counts, lost, holes, disordered, repeated, failed].map((count) => count.toLocaleString('en')),
    ...[found.normalAfterMs, found.longestPostMs, found.longestDeliveryMs].map(seconds),
  ]);
  for (const example of judgement.examples) console.error(`  ${example}`);
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
