#!/usr/bin/env node
/**
 * Makes a clone ready to run, and does only what is needed: installs where node_modules is not what package-lock.json says,
 * and with `build` builds what has changed. Prints the PATH that what follows must have, whose `node` is new enough; all else is
 * said on stderr. Plain Node, which an older one runs too, and before anything is installed.
 *
 *   PATH=$(node bin/ensure-built.mjs [build | path]) && node …     `path` only prints it
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
import { newNodeFolder } from '../cli/bin/new-node.mjs';

/** What the page is built from, and what its build leaves last. */
const PAGE_SOURCES = [
  'client/page/src',
  'client/sdk/src',
  'packages/protocol/src',
  'client/page/vite.config.ts',
  'client/page/precompressed.ts',
];
const PAGE = 'client/page/dist/index.html';
/**
 * As old as the sources that the compiler has seen last. It leaves a file for each part, but not where only the time of a folder
 * has changed. An installation takes it away, as it must: it brings other types.
 */
const PARTS = 'node_modules/.cache/carillon/parts-built';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const folder = newNodeFolder();
if (folder !== undefined) process.env.PATH = `${folder}:${process.env.PATH}`;
const [task] = process.argv.slice(2);
if (task !== 'path' && !isInstalled()) {
  say('installing (npm ci)');
  run('ci', '--include=dev', '--no-audit', '--no-fund');
}
if (task === 'build') {
  if (!existsSync(PAGE)) say('building (npm run build)');
  buildParts();
  if (!isNewest(PAGE, PAGE_SOURCES)) run('run', 'build:page', '--silent');
}
console.log(process.env.PATH);

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

function buildParts() {
  const configs = JSON.parse(readFileSync('tsconfig.build.json', 'utf8')).references.map(({ path }) => path);
  const parts = configs.map((path) => dirname(path));
  const sources = parts.flatMap((part) => [join(part, 'src'), join(part, 'package.json')]);
  if (
    parts.every((part) => existsSync(join(part, 'dist/.tsbuildinfo'))) &&
    isNewest(PARTS, ['tsconfig.base.json', 'tsconfig.build.json', ...configs, ...sources])
  )
    return;
  // What is edited while the compiler runs is newer than this.
  const now = new Date();
  run('run', 'build:parts', '--silent');
  mkdirSync(dirname(PARTS), { recursive: true });
  writeFileSync(PARTS, '');
  utimesSync(PARTS, now, now);
}

/** A folder counts too: its time tells of a file that was taken away. */
function isNewest(file, sources) {
  if (!existsSync(file)) return false;
  const time = statSync(file).mtimeMs;
  const tree = (path) =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true }).map((name) => join(path, name))
      : [];
  return sources.flatMap((path) => [path, ...tree(path)]).every((path) => statSync(path).mtimeMs < time);
}

/** Its output goes where all goes that is no PATH. */
function run(...npmArguments) {
  const { status, error } = spawnSync('npm', npmArguments, { stdio: ['inherit', 2, 2] });
  if (error) say(`npm cannot be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function say(line) {
  process.stderr.write(`carillon: ${line}\n`);
}
