import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openHistory } from '../../packages/history/src/index.ts';
import { disksPermitted, memoryDisk } from '../../tests/servers/small-disk.ts';
import { carillon } from './command.ts';

const MIB = 1024 * 1024;

describe.skipIf(!disksPermitted())('carillon store where there is no room', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-no-room-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    const history = await openHistory(`sqlite:${folder}`);
    const author = { id: 'ada', name: 'Ada' };
    for (let batch = 0; batch < 10; batch++) {
      const drafts = Array.from({ length: 20 }, () => ({
        channel: 'large',
        author,
        body: 'x'.repeat(60_000),
      }));
      await history.append(drafts);
    }
    await history.close();
  });

  it.each([
    ['backup', (disk: string) => ['backup', join(disk, 'b.db'), '--store', `sqlite:${folder}`]],
    ['copy', (disk: string) => ['copy', folder, join(disk, 'copy')]],
  ] as const)('a %s says so in one line, and leaves nothing', async (_name, args) => {
    const disk = memoryDisk(4 * MIB);
    onTestFinished(() => disk.remove());
    const { code, stderr } = await carillon(['store', ...args(disk.path)]);
    expect(code).toBe(73);
    expect(stderr).toMatch(/^carillon: store: [^\n]*full[^\n]*\n$/);
    const left = readdirSync(disk.path, { recursive: true }).filter(
      (name) => !/^copy(\/carillon\.db-lock)?$/.test(`${name}`),
    );
    expect(left).toEqual([]);
    expect(existsSync(join(folder, 'carillon.db'))).toBe(true);
  });
});
