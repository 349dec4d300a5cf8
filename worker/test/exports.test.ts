import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFormat } from '@carillon/jobs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { removeOldExports } from '../src/exports/old-exports.ts';
import { openWorkerFixture, serversInstalled, type WorkerFixture } from './worker-fixture.ts';

const SLOW_MS = 300_000;
const WITHIN_MS = 150_000;

describe.skipIf(!serversInstalled)('an export', () => {
  let fixture: WorkerFixture;
  beforeAll(async () => {
    fixture = await openWorkerFixture();
  });
  afterEach(() => fixture?.clear());
  afterAll(() => fixture?.close());

  const start = (channel: string, format: ExportFormat) => fixture.jobs.startExport({ channel, format });
  /** The file as it is once the export is done. */
  const written = async (id: string) => {
    const found = async () =>
      (await readdir(fixture.exportDir)).find((name) => new RegExp(`^${id}\\.[^.]+\\.[^.]+$`).test(name));
    const name = await eventually('the file', found, WITHIN_MS);
    return readFile(join(fixture.exportDir, name ?? ''), 'utf8');
  };

  it('in NDJSON has each message as the API gives it, a line each', async () => {
    await fixture.work();
    await fixture.post('plain', 1_200, 'é\n"line"');
    const id = await start('plain', 'ndjson');
    const lines = (await written(id)).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual(await fixture.history.after('plain', 0, 2_000));
    await eventually('its end', async () => (await fixture.jobs.findExport(id))?.state === 'done');
    expect((await fixture.jobs.findExport(id))?.progress).toEqual({ done: 1_200, total: 1_200 });
  });

  it('has messages as they are, and no changes', async () => {
    await fixture.work();
    await fixture.post('edited', 3, 'as posted');
    const about = { channel: 'edited', author: { id: 'ada', name: 'Ada' } };
    await fixture.history.change({ type: 'edit', ...about, target: 1, body: 'as edited' });
    await fixture.history.change({ type: 'delete', ...about, target: 2 });
    const ndjson = (await written(await start('edited', 'ndjson'))).trimEnd().split('\n');
    expect(ndjson.map((line) => JSON.parse(line))).toEqual(
      (await fixture.history.after('edited', 0, 9)).slice(0, 3),
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
    await fixture.work();
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
    await fixture.history.append(
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
    await fixture.work();
    await fixture.history.append([{ channel: 'signs', author: { id: 'ada', name: 'Ada' }, body: 'a;b,=c' }]);
    const order = { channel: 'signs', format: 'csv', delimiter: ';', bom: true } as const;
    const text = await written(await fixture.jobs.startExport(order));
    expect(text.startsWith('\ufeffchannel;seq;')).toBe(true);
    expect(text).toContain(`;"a;b,'=c";`);
  });

  it('of a channel that nobody posted to is an empty file', async () => {
    await fixture.work();
    expect(await written(await start('nobody', 'ndjson'))).toBe('');
  });

  it('begins at the oldest message that is kept, and ends where the channel was when it began', async () => {
    await fixture.post('kept', 10);
    await fixture.history.retain({ maxCount: 4 });
    await fixture.work();
    const lines = (await written(await start('kept', 'ndjson'))).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([7, 8, 9, 10]);
  });

  it('is told by its progress while it is written', async () => {
    await fixture.post('long', 3_000);
    await fixture.work();
    const id = await start('long', 'ndjson');
    const seen: number[] = [];
    await eventually(
      'its end',
      async () => {
        const { state, progress } = (await fixture.jobs.findExport(id)) ?? {};
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
    for (const name of [...names, `${id}.young.csv`]) await writeFile(join(fixture.exportDir, name), '');
    for (const name of names) await utimes(join(fixture.exportDir, name), long, long);
    await removeOldExports(fixture.exportDir);
    const left = (await readdir(fixture.exportDir)).filter((name) =>
      [...names, `${id}.young.csv`].includes(name),
    );
    expect(left.sort()).toEqual([`${id}.txt`, `${id}.young.csv`, 'notes.txt']);
  });
});

describe.skipIf(!serversInstalled)('a worker', () => {
  let fixture: WorkerFixture;
  beforeAll(async () => {
    fixture = await openWorkerFixture();
  });
  afterAll(() => fixture?.close());

  it(
    'drops what is over the bounds, and answers a ping',
    async () => {
      await fixture.post('old', 50);
      const worker = await fixture.work({ retention: { maxCount: 5 } });
      await eventually(
        'the old messages gone',
        async () => (await fixture.history.extents(['old'])).get('old')?.earliest === 46,
        WITHIN_MS,
      );
      expect(await fixture.jobs.ping(10_000)).toBeGreaterThan(0);
      await worker.ready();
      await fixture.clear();
    },
    SLOW_MS,
  );
});
