import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Files that a program writes whole: dashboards by `npm run docs`, the others by a package manager. */
const GENERATED =
  /^observability\/grafana\/dashboards\/[^/]+\.json$|(?:^|\/)(?:package-lock\.json|go\.sum|Cargo\.lock)$/;

const git = (args: string[], input = '') =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', input })
    .split('\0')
    .filter((field) => field !== '');

it('.gitattributes marks the files that a program writes whole, and no others', () => {
  const files = git(['ls-files', '-z']);
  const fields = git(['check-attr', '-z', '--stdin', 'linguist-generated'], files.join('\0'));
  const marked = files.filter((_, index) => fields[index * 3 + 2] === 'set');
  expect(marked).toEqual(files.filter((file) => GENERATED.test(file)));
  expect(marked.filter((file) => file.startsWith('observability/'))).not.toEqual([]);
});
