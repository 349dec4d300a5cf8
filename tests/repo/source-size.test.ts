import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Lines of one source file, comments included: as much as you take in at one sitting (issue 14, 5). */
const MAX_LINES = 350;

/** Languages that people write here. Manifests, data and generated files may be of any length. */
const SOURCES = ['ts', 'tsx', 'mjs', 'css', 'c', 'go', 'java', 'py', 'rs'].map((ending) => `*.${ending}`);

it(`no source file but a test has over ${MAX_LINES} lines`, () => {
  const tests = [':!tests', ':!*/test/*'];
  const names = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--'];
  const files = execFileSync('git', [...names, ...SOURCES, ...tests], { cwd: ROOT, encoding: 'utf8' });
  const lines = files
    .trim()
    .split('\n')
    // A file that was deleted and is not committed yet is listed, too.
    .filter((file) => existsSync(join(ROOT, file)))
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1] as const);
  expect(lines.length).toBeGreaterThan(500);
  const longer = lines.filter(([, count]) => count > MAX_LINES);
  expect(longer).toEqual([]);
});
