import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('what is unreleased in the changelog has a changeset that says how large a step it is', () => {
  const [, unreleased = ''] = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').split(/^## .*\n/m);
  const changesets = readdirSync(join(ROOT, '.changeset')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  expect(changesets.length > 0).toBe(unreleased.includes('- '));
});
