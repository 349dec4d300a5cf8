#!/usr/bin/env node
/**
 * Makes a clone ready to run, and does only what is needed: installs where node_modules is not what package-lock.json says,
 * and with `build` builds what has changed. Plain Node, so that it runs before anything is installed.
 *
 *   node bin/ready.mjs [build]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first Node of its line that every library here supports. */
const OLDEST_NODE = [20, 19];
/** What the page is built from, and what its build leaves last. */
const PAGE_SOURCES = [
  'client/page/src',
  'client/sdk/src',
  'packages/protocol/src',
  'client/page/vite.config.ts',
];
const PAGE = 'client/page/dist/index.html';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
refuseOldNode();
if (!isInstalled()) {
  say('installing (npm ci)');
  run('ci', '--include=dev', '--no-audit', '--no-fund');
}
if (process.argv[2] === 'build') {
  if (!existsSync(PAGE)) say('building (npm run build)');
  // The compiler knows itself what is built already, and finds nothing to do within a second.
  run('run', 'build:parts', '--silent');
  if (!isPageBuilt()) run('run', 'build:page', '--silent');
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  say(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}`);
  process.exit(1);
}

/** npm records what it installed beside it. What is optional may be for another kind of machine, and not there. */
function isInstalled() {
  const record = 'node_modules/.package-lock.json';
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/** A folder counts too: its time tells of a file that was taken away. */
function isPageBuilt() {
  if (!existsSync(PAGE)) return false;
  const builtAt = statSync(PAGE).mtimeMs;
  const tree = (path) =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true }).map((name) => join(path, name))
      : [];
  return PAGE_SOURCES.flatMap((path) => [path, ...tree(path)]).every(
    (path) => statSync(path).mtimeMs < builtAt,
  );
}

function run(...npmArguments) {
  const { status, error } = spawnSync('npm', npmArguments, { stdio: 'inherit' });
  if (error) say(`npm cannot be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function say(line) {
  process.stderr.write(`carillon: ${line}\n`);
}
