/**
 * Tests a rolling upgrade from another version to this working tree: nodes of both versions run side by side on one database,
 * under the load of the fault tests, until the last old node is gone. Prints one row of a table. The exit code is 1 if a message
 * was lost, repeated or out of order, or if a post failed.
 *
 *   npm run upgrade-test -- v1.2.0        a tag or commit of this repository, which is installed and built first
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumInstalled, startChromium } from '../../servers/chromium.ts';
import { query } from '../../servers/postgres.ts';
import { type Cluster, clusterInstalled, ROOT, startCluster } from './cluster.ts';
import type { Scenario } from './scenarios.ts';
import { printFinding, printHead } from './table.ts';
import { trial } from './trial.ts';

/** How long both versions run side by side, one node of each service in each version, ms. */
const BOTH_VERSIONS_MS = 20_000;

const [version] = process.argv.slice(2);
if (version === undefined)
  throw new Error('name the version to upgrade from: npm run upgrade-test -- v1.2.0');
if (!clusterInstalled || !chromiumInstalled) process.exit(1);

const before = mkdtempSync(join(tmpdir(), 'carillon-before-'));
const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, stdio: 'inherit' });
try {
  git('worktree', 'add', '--quiet', '--detach', before, version);
  // By npm alone: what a version calls its own scripts may have changed since. Their output is no part of the table.
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: before, stdio: ['ignore', 'ignore', 'inherit'] });
  npm('ci', '--include=dev', '--no-audit', '--no-fund');
  npm('run', 'build');
  const cluster = await startCluster({ root: before });
  const chromium = await startChromium();
  try {
    const old = await schemaOf(cluster);
    const finding = await trial(cluster, chromium, upgrade(version), BOTH_VERSIONS_MS);
    printHead();
    printFinding(finding);
    console.log(`\nthe schema was ${old} and is ${await schemaOf(cluster)}`);
    process.exitCode = finding.judgement.examples.length === 0 ? 0 : 1;
  } finally {
    await chromium.close();
    await cluster.stop();
  }
} finally {
  rmSync(before, { recursive: true, force: true });
  git('worktree', 'prune');
}

/** Replaces one node of each service, which migrates the schema; once both versions have run side by side, the other nodes. */
function upgrade(from: string): Scenario {
  return {
    fault: `upgrade from ${from}, node by node`,
    lastsMs: BOTH_VERSIONS_MS,
    async strike({ chat, broadcast }) {
      const [[first, ...chats], [second, ...broadcasts]] = [chat, broadcast];
      for (const node of [first, second]) await node?.replace(ROOT);
      return async () => {
        for (const node of [...chats, ...broadcasts]) await node.replace(ROOT);
      };
    },
  };
}

async function schemaOf({ historyUrl }: Cluster): Promise<string> {
  const [row] = await query(historyUrl, `select value from meta where name = 'schema'`);
  return String(row?.value);
}
