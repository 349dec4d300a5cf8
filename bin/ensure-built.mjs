#!/usr/bin/env node
/**
 * Makes a clone ready to run, and does only what is needed: installs if node_modules differs from package-lock.json and, with
 * `build`, builds what has changed. Prints the PATH for the command that follows, whose `node` is new enough; everything else goes
 * to stderr. It runs on an older Node, too, and before anything is installed.
 *
 *   PATH=$(node bin/ensure-built.mjs [build | path]) && node …     `path` only prints the PATH
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

/** What the page is built from, and the file that its build writes last. */
const PAGE_SOURCES = [
  'client/page/src',
  'client/sdk/src',
  'packages/protocol/src',
  'client/page/vite.config.ts',
  'client/page/precompressed.ts',
];
const PAGE = 'client/page/dist/index.html';
/**
 * A file whose time is the start of the last compilation. The compiler's own output does not do: it stays as it is when only the
 * time of a folder has changed. An installation deletes this file, which is right: it brings other types.
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

/** Compares with npm's own record of what it installed. An optional package may be missing: it can be for another platform. */
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
  // Whatever is edited while the compiler runs is newer than this.
  const now = new Date();
  run('run', 'build:parts', '--silent');
  mkdirSync(dirname(PARTS), { recursive: true });
  writeFileSync(PARTS, '');
  utimesSync(PARTS, now, now);
}

/** Folders count, too: their time changes when a file is deleted. */
function isNewest(file, sources) {
  if (!existsSync(file)) return false;
  const time = statSync(file).mtimeMs;
  const tree = (path) =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true }).map((name) => join(path, name))
      : [];
  return sources.flatMap((path) => [path, ...tree(path)]).every((path) => statSync(path).mtimeMs < time);
}

/** Runs npm with its output on stderr; only the PATH goes to stdout. Exits as npm does if it fails. */
function run(...npmArguments) {
  const { status, error } = spawnSync('npm', npmArguments, { stdio: ['inherit', 2, 2] });
  if (error) say(`npm cannot be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function say(line) {
  process.stderr.write(`carillon: ${line}\n`);
}
