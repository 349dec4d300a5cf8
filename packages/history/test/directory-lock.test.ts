import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUse, lockDirectory } from '../src/directory-lock.ts';

/** More than Linux gives to any process. */
const NO_PID = 2 ** 22 + 1;

describe('a directory lock', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'carillon-lock-'));
    file = join(directory, 'lock');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is one process’s until it is released', async () => {
    const release = await lockDirectory(file);
    await expect(lockDirectory(file)).rejects.toThrow(DirectoryInUse);
    release();
    expect(readdirSync(directory)).toEqual([]);
    (await lockDirectory(file))();
  });

  it.each([
    ['a process that is no more', { pid: NO_PID, started: '1' }],
    ['a process whose pid another has now', { pid: process.pid, started: '1' }],
    ['nobody who can be read', undefined],
  ])('of %s is taken over', async (_, holder) => {
    writeFileSync(file, holder === undefined ? '{' : JSON.stringify(holder));
    const release = await lockDirectory(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    release();
    expect(existsSync(file)).toBe(false);
  });

  it('that another has taken over is not released', async () => {
    const release = await lockDirectory(file);
    const other = JSON.stringify({ pid: NO_PID, started: '1' });
    writeFileSync(file, other);
    release();
    expect(readFileSync(file, 'utf8')).toBe(other);
  });
});
