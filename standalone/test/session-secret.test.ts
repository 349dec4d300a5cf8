import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionSecret } from '../src/session-secret.ts';

describe('the file session-secret', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'carillon-secret-'));
    file = join(directory, 'session-secret');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made once, for its own user, and read from then on', () => {
    const secret = sessionSecret(directory);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(sessionSecret(directory)).toBe(secret);
    expect(readdirSync(directory)).toEqual(['session-secret']);
  });

  it.each([
    ['is empty', ''],
    ['is empty', '\n'],
    ['has fewer than 16 characters', 'short'],
  ])('that %s is refused by its name and with what to do, and left as it is', (found, text) => {
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    const start = () => sessionSecret(directory);
    expect(start).toThrow(`DATA_DIR: ${file} ${found}`);
    expect(start).toThrow(/put it back from a backup; or remove it, and the next start makes one/);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(directory)).toEqual(['session-secret']);
    rmSync(file);
    expect(sessionSecret(directory)).toHaveLength(43);
  });
});
