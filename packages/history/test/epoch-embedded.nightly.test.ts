import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochOf } from './epoch-of.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-epoch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the epoch of an embedded store', () => {
  it('stays over a restart and a move, and is another in each copy and each copy of a copy', async () => {
    const place = (name: string) => join(folder, name);
    const urlOf = (name: string) => `sqlite:${place(name)}`;
    const first = await epochOf(urlOf('original'));
    renameSync(place('original'), place('moved'));
    expect(await epochOf(urlOf('moved'))).toBe(first);

    cpSync(place('moved'), place('backup'), { recursive: true, preserveTimestamps: true });
    // Put back where it came from, under the old name.
    rmSync(place('moved'), { recursive: true });
    cpSync(place('backup'), place('moved'), { recursive: true, preserveTimestamps: true });
    const restored = await epochOf(urlOf('moved'));
    expect(restored).not.toBe(first);
    expect(await epochOf(urlOf('moved'))).toBe(restored);
    expect([first, restored]).not.toContain(await epochOf(urlOf('backup')));
  }, 150_000);

  it('is another after a restore that replaces only the files that differ', async () => {
    const [data, backup] = [join(folder, 'differing'), join(folder, 'differing.backup')];
    const first = await epochOf(`sqlite:${data}`);
    cpSync(data, backup, { recursive: true, preserveTimestamps: true });
    // Times are compared in seconds, and a backup is older than that.
    await sleep(1_100);
    expect(await epochOf(`sqlite:${data}`)).toBe(first);
    expect(replaceDiffering(backup, data)).toContain('carillon.db');
    expect(await epochOf(`sqlite:${data}`)).not.toBe(first);
  }, 150_000);
});

/** As `rsync --archive from/ to/` does: what has the same size and time of change is left alone. Gives the names of what was replaced. */
function replaceDiffering(from: string, to: string): string[] {
  const replaced: string[] = [];
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length));
    const [wanted, found] = [statSync(source), statSync(target, { throwIfNoEntry: false })];
    const seconds = (mtimeMs: number) => Math.floor(mtimeMs / 1_000);
    if (found?.size === wanted.size && seconds(found.mtimeMs) === seconds(wanted.mtimeMs)) continue;
    copyFileSync(source, `${target}.new`);
    utimesSync(`${target}.new`, wanted.atime, wanted.mtime);
    renameSync(`${target}.new`, target);
    replaced.push(entry.name);
  }
  return replaced;
}
