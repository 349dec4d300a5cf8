import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const versioned = z.object({ version: z.string() });

/** What a release reads and writes; of the rest of the sources it needs nothing. */
const FILES =
  /(^|\/)package\.json$|^deploy\/helm\/carillon\/(Chart\.yaml|values\.yaml|README\.md)$|^(package-lock\.json|CHANGELOG\.md|\.npmrc)$|^(bin|\.changeset)\//;

/** What npm says it installed. */
const NPM_RECORD = '.package-lock.json';

let clone = '';

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'carillon-release-'));
  // Those that a commit would have.
  const kept = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of kept.split('\n').filter((name) => FILES.test(name))) {
    mkdirSync(join(clone, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(clone, file));
  }
  // Not the folder itself: npm notes the new versions in it, and would take ours for another installation from then on.
  mkdirSync(join(clone, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== NPM_RECORD))
    symlinkSync(join(ROOT, 'node_modules', name), join(clone, 'node_modules', name));
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

function run(command: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, { cwd: clone, encoding: 'utf8' });
}

const versionOf = (file: string) =>
  versioned.parse(JSON.parse(readFileSync(join(clone, file), 'utf8'))).version;

it('a changeset moves every part, the chart, the lock file and the changelog to one version, and only its tag is released', () => {
  writeFileSync(join(clone, '.changeset/larger.md'), '---\n"@carillon/history": minor\n---\n\nA test.\n');
  const [major, minor] = versionOf('package.json').split('.').map(Number);
  const next = `${major}.${Number(minor) + 1}.0`;
  expect(run('node', 'bin/release.mjs', 'check', `v${next}`).status).toBe(1);

  const made = run('npm', 'run', 'version');
  expect(made, made.stderr).toMatchObject({ status: 0 });

  const good = run('node', 'bin/release.mjs', 'check', `v${next}`);
  expect(good.stderr).toBe('');
  expect(good.status).toBe(0);
  expect(versionOf('client/sdk/package.json')).toBe(next);
  const chat = readFileSync(join(clone, 'chat-service/package.json'), 'utf8');
  expect(chat).toContain(`"@carillon/history": "${next}"`);
  const lock = readFileSync(join(clone, 'package-lock.json'), 'utf8');
  expect(lock).toContain(`"@carillon/history": "${next}"`);

  const other = run('node', 'bin/release.mjs', 'check', 'v99.0.0');
  expect(other.status).toBe(1);
  expect(other.stderr).toContain(`package.json: ${next}, not 99.0.0`);

  const notes = run('node', 'bin/release.mjs', 'notes').stdout;
  const unreleased = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').split(/^## .*\n/m)[1] ?? '';
  expect(notes.trim()).toBe(unreleased.trim());
}, 120_000);

it('the chart of a release takes its images from where the release published them', () => {
  const values = () =>
    z
      .object({ image: z.object({ repository: z.string() }) })
      .parse(parse(readFileSync(join(clone, 'deploy/helm/carillon/values.yaml'), 'utf8')));
  expect(values().image.repository).toBe('carillon');
  for (const wrong of ['carillon', 'ghcr.io/Owner/carillon', 'ghcr.io/', 'ghcr.io/a/b" x'])
    expect(run('node', 'bin/release.mjs', 'images', wrong).status, wrong).toBe(1);
  expect(values().image.repository).toBe('carillon');

  const named = run('node', 'bin/release.mjs', 'images', 'ghcr.io/owner/carillon');
  expect(named, named.stderr).toMatchObject({ status: 0 });
  expect(values().image.repository).toBe('ghcr.io/owner/carillon');
  expect(readFileSync(join(clone, 'deploy/helm/carillon/README.md'), 'utf8')).toContain(
    '| `image.repository` | `"ghcr.io/owner/carillon"` |',
  );
});
