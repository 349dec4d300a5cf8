import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFormat } from '@carillon/jobs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { removeOldExports } from '../src/exports/old-exports.ts';
import { openStage, type Stage, stageInstalled } from './stage.ts';

const SLOW_MS = 300_000;
const WITHIN_MS = 150_000;

describe.skipIf(!stageInstalled)('an export', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterEach(() => stage?.clear());
  afterAll(() => stage?.close());

  const start = (channel: string, format: ExportFormat) => stage.jobs.startExport({ channel, format });
  /** The file as it is once the export is done. */
  const written = async (id: string) => {
    const found = async () =>
      (await readdir(stage.exportDir)).find((name) => new RegExp(`^${id}\\.[^.]+\\.[^.]+$`).test(name));
    const name = await eventually('the file', found, WITHIN_MS);
    return readFile(join(stage.exportDir, name ?? ''), 'utf8');
  };

  it('in NDJSON has each message as the API gives it, a line each', async () => {
    await stage.work();
    await stage.post('plain', 1_200, 'é\n"line"');
    const id = await start('plain', 'ndjson');
    const lines = (await written(id)).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual(await stage.history.after('plain', 0, 2_000));
    await eventually('its end', async () => (await stage.jobs.findExport(id))?.state === 'done');
    expect((await stage.jobs.findExport(id))?.progress).toEqual({ done: 1_200, total: 1_200 });
  });

  it('has messages as they are, and no changes', async () => {
    await stage.work();
    await stage.post('edited', 3, 'as posted');
    const about = { channel: 'edited', author: { id: 'ada', name: 'Ada' } };
    await stage.history.change({ type: 'edit', ...about, target: 1, body: 'as edited' });
    await stage.history.change({ type: 'delete', ...about, target: 2 });
    const ndjson = (await written(await start('edited', 'ndjson'))).trimEnd().split('\n');
    expect(ndjson.map((line) => JSON.parse(line))).toEqual(
      (await stage.history.after('edited', 0, 9)).slice(0, 3),
    );
    const rows = (await written(await start('edited', 'csv')))
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    expect(rows.map((row) => row[6])).toEqual(['body', 'as edited', '', 'as posted']);
    expect(rows.map((row) => [row[8] !== '', row[9] !== ''])).toEqual([
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  it('in CSV quotes what has to be, and runs no formula', async () => {
    await stage.work();
    const author = { id: 'ada', name: '@Ada' };
    const bodies = [
      'plain',
      'a,b',
      'say "hi"',
      'two\nlines',
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\tx',
      '\rx',
      'a=b',
    ];
    await stage.history.append(
      bodies.map((body, index) => ({ channel: 'table', author, body, replyTo: 1, key: `=${index}` })),
    );
    const id = await start('table', 'csv');
    const [head, ...rows] = (await written(id)).split('\r\n');
    expect(head).toBe('channel,seq,createdAt,authorId,authorName,replyTo,body,key,editedAt,deletedAt');
    const cells = rows.map((row) =>
      row.replace(/^table,\d+,\d{4}-[^,]*Z,ada,'@Ada,1,/, '').replace(/,,$/, ''),
    );
    expect(cells).toEqual([
      "plain,'=0",
      `"a,b",'=1`,
      `"say ""hi""",'=2`,
      `"two\nlines",'=3`,
      "'=1+1,'=4",
      "'+1,'=5",
      "'-1,'=6",
      "'@SUM(A1),'=7",
      "'\tx,'=8",
      `"'\rx",'=9`,
      "a=b,'=10",
      '',
    ]);
  });

  it('in CSV has the delimiter and the byte order mark that were ordered', async () => {
    await stage.work();
    await stage.history.append([{ channel: 'signs', author: { id: 'ada', name: 'Ada' }, body: 'a;b,=c' }]);
    const order = { channel: 'signs', format: 'csv', delimiter: ';', bom: true } as const;
    const text = await written(await stage.jobs.startExport(order));
    expect(text.startsWith('\ufeffchannel;seq;')).toBe(true);
    expect(text).toContain(`;"a;b,'=c";`);
  });

  it('of a channel that nobody posted to is an empty file', async () => {
    await stage.work();
    expect(await written(await start('nobody', 'ndjson'))).toBe('');
  });

  it('begins at the oldest message that is kept, and ends where the channel was when it began', async () => {
    await stage.post('kept', 10);
    await stage.history.retain({ maxCount: 4 });
    await stage.work();
    const lines = (await written(await start('kept', 'ndjson'))).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([7, 8, 9, 10]);
  });

  it('is told by its progress while it is written', async () => {
    await stage.post('long', 3_000);
    await stage.work();
    const id = await start('long', 'ndjson');
    const seen: number[] = [];
    await eventually(
      'its end',
      async () => {
        const { state, progress } = (await stage.jobs.findExport(id)) ?? {};
        if (progress !== undefined) seen.push(progress.done);
        return state === 'done';
      },
      WITHIN_MS,
    );
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(3_000);
  });

  it('a day old is removed, and what a killed worker left; nothing else is', async () => {
    const id = 'd'.repeat(32);
    const long = new Date(Date.now() - 25 * 60 * 60 * 1_000);
    const names = [`${id}.a.csv`, `${id}.b.ndjson.0123.part`, 'notes.txt', `${id}.txt`];
    for (const name of [...names, `${id}.young.csv`]) await writeFile(join(stage.exportDir, name), '');
    for (const name of names) await utimes(join(stage.exportDir, name), long, long);
    await removeOldExports(stage.exportDir);
    const left = (await readdir(stage.exportDir)).filter((name) =>
      [...names, `${id}.young.csv`].includes(name),
    );
    expect(left.sort()).toEqual([`${id}.txt`, `${id}.young.csv`, 'notes.txt']);
  });
});

describe.skipIf(!stageInstalled)('a worker', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  it(
    'drops what is over the bounds, and answers a ping',
    async () => {
      await stage.post('old', 50);
      const worker = await stage.work({ retention: { maxCount: 5 } });
      await eventually(
        'the old messages gone',
        async () => (await stage.history.extents(['old'])).get('old')?.earliest === 46,
        WITHIN_MS,
      );
      expect(await stage.jobs.ping(10_000)).toBeGreaterThan(0);
      await worker.ready();
      await stage.clear();
    },
    SLOW_MS,
  );
});
