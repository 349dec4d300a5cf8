#!/usr/bin/env node
/**
 * Makes a clone ready to run, and does only what is needed: installs where node_modules is not what
 * package-lock.json says, and with `build` builds where a source is newer than the last build. Plain Node, so that it
 * runs before anything is installed.
 *
 *   node bin/ready.mjs [build]
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspaces } from './workspaces.mjs';

/** The first Node of its line that every library here supports. */
const OLDEST_NODE = [20, 19];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What a build leaves last; without them there is no build, whatever the stamp says. */
const BUILT = ['standalone/dist/main.js', 'client/page/dist/index.html'];
const STAMP = join(root, 'node_modules/.cache/carillon-built');

refuseOldNode();
if (!isInstalled()) run('installing', ['ci', '--include=dev', '--no-audit', '--no-fund']);
if (process.argv[2] === 'build' && !isBuilt()) build();

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  say(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}`);
  process.exit(1);
}

/** npm records what it installed beside it. What is optional may be for another kind of machine, and not there. */
function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) =>
      path === '' || optional || (path in installed && installed[path].version === version),
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

function isBuilt() {
  if (!existsSync(STAMP) || !BUILT.every((file) => existsSync(join(root, file)))) return false;
  const builtAt = statSync(STAMP).mtimeMs;
  return inputs().every((path) => statSync(path).mtimeMs < builtAt);
}

/** The stamp has the time of the build's start: what is edited while it runs is built the next time. */
function build() {
  const start = new Date();
  run('building', ['run', 'build', '--silent']);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, '');
  utimesSync(STAMP, start, start);
}

/** What a build reads: the root's and each workspace's own files, and all under its src. */
function inputs() {
  return ['.', ...workspaces(root)].flatMap((folder) => {
    const own = readdirSync(join(root, folder)).filter((name) =>
      /^(tsconfig.*\.json|package\.json|vite\.config\.ts|index\.html)$/.test(name),
    );
    return [...own.map((name) => join(root, folder, name)), ...tree(join(root, folder, 'src'))];
  });
}

/** A folder counts too: its time tells of a file that was taken away. */
function tree(folder) {
  if (!existsSync(folder)) return [];
  return [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, name))];
}

function run(what, npmArguments) {
  say(`${what} (npm ${npmArguments.slice(0, npmArguments[0] === 'run' ? 2 : 1).join(' ')})`);
  const { status, error } = spawnSync('npm', npmArguments, { cwd: root, stdio: 'inherit' });
  if (error) say(`npm cannot be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function say(line) {
  process.stderr.write(`carillon: ${line}\n`);
}
