import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFormat } from '@carillon/jobs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type FaultFixture, openFaultFixture } from './fault-fixture.ts';
import { serversInstalled } from './worker-fixture.ts';

const SLOW_MS = 300_000;
const WITHIN_MS = 150_000;
/** A fault has to come while they are written. */
const MESSAGES = 40_000;

describe.skipIf(!serversInstalled)('an export', () => {
  let fixture: FaultFixture;
  beforeAll(async () => {
    fixture = await openFaultFixture();
    for (let posted = 0; posted < MESSAGES; posted += 2_000)
      await fixture.post('long', 2_000, 'x'.repeat(500));
  }, SLOW_MS);
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

  it(
    'whose worker is killed in the middle is done by another, and never seen half',
    async () => {
      const filesOf = async (id: string) =>
        (await readdir(fixture.exportDir)).filter((name) => name.startsWith(id));
      /** An export whose worker was killed; undefined where it had done it before that came. */
      const killedAmid = async () => {
        const worker = await fixture.spawn();
        const id = await start('long', 'ndjson');
        await eventually('it under way', async () => (await filesOf(id)).length > 0, WITHIN_MS);
        worker.child.kill('SIGKILL');
        await worker.exit;
        return (await filesOf(id)).includes(`${id}.long.ndjson`) ? undefined : id;
      };
      const id = (await eventually('a worker killed in the middle', killedAmid, WITHIN_MS)) ?? '';
      await fixture.work();
      const lines = (await written(id)).trimEnd().split('\n');
      expect(lines.length).toBe(MESSAGES);
      expect(JSON.parse(lines.at(-1) ?? '').seq).toBe(MESSAGES);
    },
    SLOW_MS,
  );

  it(
    'whose queue is flushed in the middle is written all the same',
    async () => {
      await fixture.work();
      const id = await start('long', 'csv');
      await eventually(
        'it under way',
        async () => (await readdir(fixture.exportDir)).some((name) => name.startsWith(id)),
        WITHIN_MS,
      );
      await fixture.flush();
      expect((await written(id)).trimEnd().split('\r\n').length).toBe(MESSAGES + 1);
    },
    SLOW_MS,
  );

  it(
    'is told by its progress while it is written',
    async () => {
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
      expect(seen.at(-1)).toBe(MESSAGES);
    },
    SLOW_MS,
  );
});
