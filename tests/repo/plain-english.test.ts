import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proseOf, sentencesOf } from './prose.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A longer line does not fit beside its neighbour in a review. */
const MAX_LINE = 159;

/** One line for each change, however long, as keepachangelog.com has it. */
const LONG_LINES = ['CHANGELOG.md'];

/** A sentence whose subject is "Who", as in "Who takes a name may edit": say "Once you have a name, you can edit". */
const WHO_AS_SUBJECT = /^Who \p{Ll}/u;

const files = execFileSync(
  'git',
  [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '*.md',
    'deploy/helm/carillon/values*.yaml',
    'compose*.yaml',
  ],
  { cwd: ROOT, encoding: 'utf8' },
)
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(ROOT, file)));
const linesOf = (file: string) => proseOf(file, readFileSync(join(ROOT, file), 'utf8'));

describe.each(files)('%s', (file) => {
  it.skipIf(LONG_LINES.includes(file))('has no line of prose of 160 characters or more', () => {
    const long = linesOf(file).filter(({ kind, text }) => kind === 'prose' && text.length > MAX_LINE);
    expect(long.map(({ number, text }) => `${number}: ${text}`)).toEqual([]);
  });

  it('begins no sentence with "Who" as its subject', () => {
    const wrong = sentencesOf(linesOf(file)).filter(
      (sentence) => WHO_AS_SUBJECT.test(sentence) && !sentence.endsWith('?'),
    );
    expect(wrong).toEqual([]);
  });
});

describe('what is taken for prose', () => {
  const page = [
    '# Who calls',
    '',
    'You post. Who has no',
    'name is a guest.',
    '',
    '- **Who are you?** Nobody knows.',
    '- `A`: Who comes late, waits.',
    '',
    '```sh',
    `curl ${'x'.repeat(160)}  # Who reads this, runs it.`,
    '```',
    '',
    '| a | Who reads |',
    `[a link](${'x'.repeat(160)})`,
  ].join('\n');

  it('is every sentence of a heading, a paragraph, an item or a cell', () => {
    expect(sentencesOf(proseOf('page.md', page)).filter((sentence) => sentence.startsWith('Who'))).toEqual([
      'Who calls',
      'Who has no name is a guest.',
      'Who are you?',
      'Who comes late, waits.',
      'Who reads',
    ]);
  });

  it('is no code, and of a link its text alone', () => {
    expect(proseOf('page.md', page).filter(({ text }) => text.length > MAX_LINE)).toEqual([]);
  });

  it('is of YAML the comments', () => {
    const yaml = 'a: "Who reads"\n  # Who reads may\n  # keep it.\n  b: 1 # Who else?\n';
    expect(sentencesOf(proseOf('values.yaml', yaml))).toEqual(['Who reads may keep it.', 'Who else?']);
  });
});
