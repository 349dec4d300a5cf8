import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../../packages/history/src/index.ts';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { carillon } from './command.ts';

describe('carillon store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-cli-store-'));
  const source = join(folder, 'source');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    const history = await openHistory(`sqlite:${source}`);
    await history.append([{ channel: 'lobby', author: { id: 'ada', name: 'Ada' }, body: 'kept' }]);
    await history.close();
  });

  it('backs up the store of a Carillon that runs', async () => {
    const { dataDir } = await lentStandalone('usual');
    const file = join(folder, 'running.db');
    const ended = await carillon(['store', 'backup', file], { DATA_DIR: dataDir });
    expect(ended).toEqual({ code: 0, stdout: `${file}\n`, stderr: '' });
    const history = await openHistory(`sqlite:${file}`);
    expect(await history.schema()).toMatchObject({ applied: expect.any(Number) });
    await history.close();
  });

  it('copies a store to an empty place, by URLs and by directories, and says what there was', async () => {
    const said = /^copied and verified: 1 channels, 1 events, 0 changes; epoch [a-z0-9]{8}\n$/;
    for (const [from, to] of [
      [source, join(folder, 'by-name')],
      [`sqlite:${source}`, `sqlite:${join(folder, 'by-url')}`],
    ] as const) {
      const { code, stdout, stderr } = await carillon(['store', 'copy', from, to]);
      expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(said), '']);
    }
  });

  it('says what is wrong in one line, with a code of its own, and changes nothing', async () => {
    const file = join(folder, 'a-file.txt');
    writeFileSync(file, 'not a database, but a text that is longer than a header of one');
    const pglite = join(folder, 'pglite');
    mkdirSync(join(pglite, 'history', 'db'), { recursive: true });
    const nowhere = join(folder, 'nowhere');
    const before = readdirSync(folder, { recursive: true }).sort();
    const empty = join(folder, 'empty');
    for (const [args, code, what] of [
      [[], 64, 'give backup or copy'],
      [['shred'], 64, 'give backup or copy'],
      [['backup'], 64, 'give the file to write'],
      [['backup', join(folder, 'x.db'), '--store', 'postgres://h/d'], 64, 'use pg_dump'],
      [['backup', join(folder, 'x.db'), '--store', `sqlite:${nowhere}`], 66, 'no store was found at'],
      [['backup', file, '--store', `sqlite:${source}`], 73, 'already exists'],
      [['backup', join(nowhere, 'x.db'), '--store', `sqlite:${source}`], 73, 'cannot be written'],
      [['copy', source], 64, 'give a store to read and a store to write'],
      [['copy', source, source], 64, 'these are the same'],
      [['copy', nowhere, empty], 66, 'no store was found at'],
      [['copy', source, 'ftp://x/'], 64, 'a store URL must start with'],
      [['copy', source, 'postgres://nobody@127.0.0.1:1/none'], 69, 'PostgreSQL cannot be reached'],
      [['copy', source, join(file, 'below')], 73, 'cannot be created'],
      [['copy', file, empty], 65, 'is not a database'],
    ] as const) {
      const ended = await carillon(['store', ...args]);
      expect([args, ended.code, ended.stdout]).toEqual([args, code, '']);
      expect(ended.stderr, args.join(' ')).toMatch(/^carillon: store: [^\n]+\n$/);
      expect(ended.stderr).toContain(what);
    }
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
    expect(existsSync(empty)).toBe(false);
  });
});
