/**
 * Checks the imports of all sources. They go one way: services → packages/composition → packages → packages/protocol; only
 * standalone, tests and bench put services together. No file is in a cycle. Types count like values: a reader follows both.
 * A regular expression is enough to read imports, because Biome formats them in few shapes. (dependency-cruiser
 * needs the API that TypeScript 7 does not have; with swc instead it stops at the page's JSX.)
 *
 *   node bin/imports.mjs [root]
 *
 * Prints one line for each fault on stderr; the exit code is 1 if there is any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workspaces } from './workspaces.mjs';

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[\w$*{][^'"`;=()]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;
const SERVICES = ['chat-service', 'broadcast-sse', 'hello-bot', 'worker'];
/** They connect through one package, so a Redis that moves or fails over is handled in one place. */
const USERS_OF_REDIS = ['packages/jobs', 'packages/limits', 'packages/presence'];
/** It opens what a service consists of, so it alone knows the packages that connect to something. No package knows it. */
const COMPOSITION = 'packages/composition';
const ADAPTER = /^packages\/[^/]+\/src\/(memory|mqtt|kafka|redis|postgres)\.ts$/;

/** The rule that a source of the part `from` breaks where it imports the part `to`, if any. */
function brokenRule(from, to, typeOnly, name) {
  if (from === COMPOSITION) return !to.startsWith('packages/') && 'the composition root knows only packages';
  if (from.startsWith('packages/')) {
    const known = USERS_OF_REDIS.includes(from)
      ? ['packages/protocol', 'packages/redis']
      : ['packages/protocol'];
    return !known.includes(to) && `a package knows only ${known.join(' and ')}`;
  }
  if (SERVICES.includes(from)) return !to.startsWith('packages/') && 'a service knows only packages';
  if (from === 'client/page' && name === '@carillon/protocol/text') return false;
  if (from === 'client/page')
    return to !== 'client/sdk' && 'the page knows only the SDK, and how a text is read';
  if (from === 'cli')
    return !['client/sdk', 'packages/history'].includes(to) && 'the cli knows only the SDK, and stores';
  if (from !== 'client/sdk') return to.startsWith('client/') && 'the client is for browsers';
  return !(to === 'packages/protocol' && typeOnly) && 'the SDK knows only types, of packages/protocol';
}

const root = process.argv[2] ?? '.';
const parts = new Map(workspaces(root).map((part) => [nameOf(part), part]));
const faults = [];
/** For each source file the files of its own part that it imports. */
const graph = new Map();
for (const part of parts.values()) for (const file of sources(part)) graph.set(file, readImports(part, file));
for (const file of graph.keys()) {
  const cycle = pathBetween(file, file);
  if (cycle !== undefined) faults.push(`${file}: cycle: ${cycle.join(' → ')}`);
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function nameOf(part) {
  return JSON.parse(readFileSync(join(root, part, 'package.json'), 'utf8')).name;
}

function sources(part) {
  const names = readdirSync(join(root, part, 'src'), { recursive: true });
  return names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(part, 'src', name));
}

function readImports(part, file) {
  const own = [];
  for (const [, type, fixed, dynamic] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
    const name = fixed ?? dynamic;
    const target = name.startsWith('.') ? join(dirname(file), name) : undefined;
    const other = parts.get(name.split('/', 2).join('/'));
    let rule = other !== undefined && other !== part && brokenRule(part, other, type !== undefined, name);
    if (target && !target.startsWith(join(part, 'src/')))
      rule = 'a source knows no tests, and others by their name';
    if (target && ADAPTER.test(file) && ADAPTER.test(target)) rule = 'an adapter does not know another';
    if (name.startsWith('@carillon/') && other === undefined) rule = 'there is no such workspace';
    if (rule) faults.push(`${file}: imports ${name}: ${rule}`);
    if (target) own.push(target);
  }
  return own;
}

/** The shortest chain of imports from one file to another, both ends included; undefined if there is none. */
function pathBetween(from, to) {
  const seen = new Set();
  let paths = [[from]];
  while (paths.length > 0) {
    const longer = paths.flatMap((path) => (graph.get(path.at(-1)) ?? []).map((next) => [...path, next]));
    const found = longer.find((path) => path.at(-1) === to);
    if (found !== undefined) return found;
    paths = longer.filter((path) => !seen.has(path.at(-1)) && seen.add(path.at(-1)));
  }
  return undefined;
}
