/**
 * What a release needs besides `changeset version`, which moves the versions of the workspaces on, all together:
 *
 *   node bin/release.mjs version     gives the root, the chart and the changelog the version that the workspaces have now
 *   node bin/release.mjs images NAME has the chart take its images from there: ghcr.io/owner/carillon
 *   node bin/release.mjs check TAG   fails where a file says another version than the tag
 *   node bin/release.mjs notes       prints the changelog of this version
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaces } from './workspaces.mjs';

const CHART = 'deploy/helm/carillon/Chart.yaml';
const VALUES = 'deploy/helm/carillon/values.yaml';
const CHART_README = 'deploy/helm/carillon/README.md';
const CHANGELOG = 'CHANGELOG.md';

const [command, argument] = process.argv.slice(2);
const commands = { version, images, check, notes };
if (!Object.hasOwn(commands, command))
  throw new Error('node bin/release.mjs version | images NAME | check TAG | notes');
commands[command](argument);

/** Of the workspaces: changesets gives them all the same. */
function next() {
  const versions = new Set(workspaces('.').map((part) => versionOf(join(part, 'package.json'))));
  if (versions.size !== 1)
    throw new Error(`the workspaces have several versions: ${[...versions].join(', ')}`);
  return [...versions][0];
}

function version() {
  const now = next();
  edit('package.json', /("version": ")[^"]+/, `$1${now}`);
  edit(CHART, /^(version: ).*$/m, `$1${now}`);
  edit(CHART, /^(appVersion: ).*$/m, `$1${now}`);
  const today = new Date().toISOString().slice(0, 10);
  edit(CHANGELOG, /^## Unreleased\n/m, `## Unreleased\n\n## ${now}, ${today}\n`);
}

/** Only in the checkout that a release is made from: that of a developer has images of its own making. */
function images(name) {
  // A registry takes lower case only.
  if (!/^[a-z0-9.-]+\.[a-z]+(:\d+)?(\/[a-z0-9._-]+)+$/.test(name ?? ''))
    throw new Error(`${name}: is not a registry with a path, such as ghcr.io/owner/carillon`);
  edit(VALUES, /^( {2}repository: )carillon$/m, `$1${name}`);
  edit(CHART_README, /^(\| `image\.repository` \| `")carillon"/m, `$1${name}"`);
}

function check(tag) {
  const expected = tag?.replace(/^v/, '');
  const chart = readFileSync(CHART, 'utf8');
  const found = {
    workspaces: next(),
    'package.json': versionOf('package.json'),
    'package-lock.json': versionOf('package-lock.json'),
    [CHART]: chart.match(/^version: "?([^"\n]+)/m)?.[1],
    [`${CHART}, appVersion`]: chart.match(/^appVersion: "?([^"\n]+)/m)?.[1],
    [CHANGELOG]: readFileSync(CHANGELOG, 'utf8').match(/^## (\d\S*),/m)?.[1],
  };
  const faults = Object.entries(found)
    .filter(([, has]) => has !== expected)
    .map(([file, has]) => `${file}: ${has}, not ${expected}`);
  for (const name of readdirSync('.changeset'))
    if (name.endsWith('.md') && name !== 'README.md')
      faults.push(`.changeset/${name}: is for a later version`);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function notes() {
  const now = versionOf('package.json');
  const sections = readFileSync(CHANGELOG, 'utf8').split(/^## /m);
  const section = sections.find((text) => text.startsWith(`${now},`));
  if (section === undefined) throw new Error(`${CHANGELOG} has nothing about ${now}`);
  console.log(section.slice(section.indexOf('\n')).trim());
}

function versionOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

function edit(file, pattern, replacement) {
  const text = readFileSync(file, 'utf8');
  if (!pattern.test(text)) throw new Error(`${file}: there is no ${pattern}`);
  writeFileSync(file, text.replace(pattern, replacement));
}
