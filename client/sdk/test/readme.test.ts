import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../../tests/servers/standalone.ts';

/** Two servers and a process for each block, on a machine that does other work. */
const SLOW_MS = 240_000;
const SECRET = 'a secret of thirty-two bytes, or more';
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

describe('the examples of the README', () => {
  let open: Standalone;
  let guarded: Standalone;
  beforeAll(async () => {
    open = await startStandalone();
    guarded = await startStandalone({ env: { AUTH: 'jwt', JWT_SECRET: SECRET } });
  });
  afterAll(async () => {
    await open?.stop();
    await guarded?.stop();
  });

  it('are found, each with what it prints', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(7);
    expect(blocks.filter(({ prints }) => prints === undefined)).toEqual([]);
  });

  it.each(blocks)('run as printed: $title', { timeout: SLOW_MS }, async ({ code, jwt, prints }) => {
    const { url } = jwt ? guarded : open;
    const token = await new SignJWT({
      name: 'Ada',
      carillon: { subscribe: ['*'], publish: ['*'], moderate: [] },
    })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(SECRET));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', code.replaceAll('http://localhost:8080', url)],
      // From here the package is found by its name, as it was built.
      { cwd: fileURLToPath(new URL('..', import.meta.url)), env: { ...process.env, TOKEN: token } },
    );
    expect(stdout).toBe(prints);
  });
});
