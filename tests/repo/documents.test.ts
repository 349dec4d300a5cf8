import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Files by their path from the root, as a text names them. */
const NAMED =
  /`((?:\.ci|\.github|bench|bin|broadcast-sse|chat-service|cli|client|deploy|docs|nginx|observability|packages|standalone|tests|worker)\/[\w./-]+)`/g;

const exists = (path: string) => existsSync(join(ROOT, path));

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((page) => existsSync(join(ROOT, page)));
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => anchorOf(text));

it('the documentation has a page for each required subject', () => {
  expect(pages).toEqual(
    expect.arrayContaining(
      ['README', 'install', 'operate', 'choices', 'security', 'questions', 'reliability'].map(
        (name) => `docs/${name}.md`,
      ),
    ),
  );
  const index = read('docs/README.md');
  const unlisted = pages
    .filter((page) => /^docs\/[a-z]+\.md$/.test(page))
    .map((page) => page.slice('docs/'.length));
  expect(unlisted.filter((page) => !index.includes(`(${page})`))).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  it('has only links that lead somewhere', () => {
    const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      // Of another site, or of GitHub's own pages around this repository.
      if (/^[a-z]+:/.test(link) || link.startsWith('../../security/')) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!exists(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names only files that exist', () => {
    const named = [...read(page).matchAll(NAMED)].map(([, path = '']) => path);
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });
});
