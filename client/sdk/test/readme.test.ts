import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import { sign } from './sign.ts';

/** A process for each block, on a machine that does other work. */
const SLOW_MS = 240_000;
const BLOCK = /```js( jwt)?\n(.*?)```\n(?:(?:\nprints\n)?\n```text\n(.*?)```)?/gs;

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(BLOCK)].map(([, jwt, code = '', prints]) => ({
  title:
    /channel\.edit|pages\(|AbortSignal|subscribe\(|session\(\)|CarillonError/.exec(code)?.[0] ??
    'the first one',
  jwt: jwt !== undefined,
  code,
  prints,
}));

/** The servers are everybody's, and an example begins with channels that are empty, the last of all in a list. */
const withOwnChannels = (text: string) =>
  text.replace(/'(lobby|team|news|quiet|pages)\b|`pages-/g, (name) => `${name[0]}zz-readme-${name.slice(1)}`);

describe('the examples of the README', () => {
  let open: { url: string };
  let guarded: { url: string };
  beforeAll(async () => {
    [open, guarded] = await Promise.all([lentStandalone('open'), lentStandalone('guarded')]);
  });

  it('are found, each with what it prints', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(7);
    expect(blocks.filter(({ prints }) => prints === undefined)).toEqual([]);
  });

  it.each(blocks)('run as printed: $title', { timeout: SLOW_MS }, async ({ code, jwt, prints }) => {
    const { url } = jwt ? guarded : open;
    const token = await sign('ada', 300, 'Ada');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', withOwnChannels(code).replaceAll('http://localhost:8080', url)],
      // From here the package is found by its name, as it was built.
      { cwd: fileURLToPath(new URL('..', import.meta.url)), env: { ...process.env, TOKEN: token } },
    );
    expect(stdout).toBe(withOwnChannels(prints ?? ''));
  });
});
