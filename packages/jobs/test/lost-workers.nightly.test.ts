import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { shortest } from '../../../tests/shortest.ts';
import { HandedBack } from '../src/work.ts';
import { queueFixture } from './queue-fixture.ts';

const CHILD = fileURLToPath(new URL('./processes/worker.ts', import.meta.url));

describe.skipIf(!redisInstalled)('a job whose worker ends', () => {
  const fixture = queueFixture();

  it('is done by another at once where it was handed back at a stop', async () => {
    // One that was not handed back is held until its lock runs out and that is seen, some 20 s.
    const limitMs = 5_000;
    const taken = await shortest(limitMs, async () => {
      const { work: first, handled } = fixture.work({
        export: async (_order, { signal }) => {
          await once(signal, 'abort');
          throw new HandedBack();
        },
      });
      const id = await fixture.jobs.startExport({ channel: 'lobby', format: 'csv' });
      await eventually('the first worker at it', () => handled.export.length === 1);
      await first.close();
      const started = performance.now();
      const { work: second } = fixture.work();
      await eventually('the end', async () => (await fixture.jobs.findExport(id))?.state === 'done', 40_000);
      const tookMs = performance.now() - started;
      await second.close();
      return tookMs;
    });
    expect(taken).toBeLessThan(limitMs);
  });

  it('is done by another where it was killed', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions', 'carillon-source', CHILD, fixture.redis.url],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const taken = once(child, 'message');
    const id = await fixture.jobs.startExport({ channel: 'lobby', format: 'csv' });
    await taken;
    const { handled } = fixture.work();
    child.kill('SIGKILL');
    await eventually('the end', async () => (await fixture.jobs.findExport(id))?.state === 'done', 40_000);
    expect(handled.export).toEqual([id]);
  });
});
