/**
 * The one-way import check: services → packages/composition → packages → packages/protocol; standalone, tests and bench alone compose
 * services.
 * Types count like values. Biome writes imports in few shapes, so an expression reads them. (dependency-cruiser
 * needs the API that TypeScript 7 does not have; with swc instead it stops at the page's JSX.)
 *
 *   node bin/imports.mjs [root]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workspaces } from './workspaces.mjs';

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[\w$*{][^'"`;=()]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;
const SERVICES = ['chat-service', 'broadcast-sse', 'hello-bot', 'worker'];
/** What they connect by is one package, or each would mend a Redis that has changed in its own way. */
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
/** For each source file the files of its own part that it loads. Types are not loaded: a cycle of them is none. */
const graph = new Map();
for (const part of parts.values()) for (const file of sources(part)) graph.set(file, readImports(part, file));
for (const file of graph.keys())
  if (reaches(file, file)) faults.push(`${file}: imports itself, by way of others`);
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
    if (target && type === undefined) own.push(target);
  }
  return own;
}

function reaches(from, to, seen = new Set()) {
  if (seen.has(from)) return false;
  seen.add(from);
  return (graph.get(from) ?? []).some((next) => next === to || reaches(next, to, seen));
}
