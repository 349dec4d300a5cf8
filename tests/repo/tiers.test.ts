import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('tests/README.md lists every nightly suite with its reason, and no other suite', () => {
  const listed = [
    ...readFileSync(join(ROOT, 'tests/README.md'), 'utf8').matchAll(/^\| `(.+\.test\.ts)` \| .+ \|$/gm),
  ];
  const names = [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    '*.nightly.test.ts',
  ];
  const there = execFileSync('git', names, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  expect(listed.map(([, name]) => name)).toEqual(there.sort());
});
