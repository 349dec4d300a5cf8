import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { postgresInstalled } from '../../tests/servers/postgres.ts';
import { disksPermitted, memoryDisk, type SmallDisk } from '../../tests/servers/small-disk.ts';
import { startSmallPostgres } from '../../tests/servers/small-postgres.ts';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

/** Room for a store that was used a little. */
const DISK_BYTES = 12 * 1024 * 1024;

/** How long it is watched, ms, and the share of one core that a server may take whose store waits for room. */
const WATCHED_MS = 5_000;
const AT_REST = 0.25;

/** Of the kernel, a second: what /proc counts a process's time in. */
const TICKS = 100;

/** A server, and the disk of its store. */
interface Setting {
  server: Standalone;
  disk: SmallDisk;
  removeStore(): Promise<void>;
}

async function onSqlite(): Promise<Setting> {
  const disk = memoryDisk(DISK_BYTES);
  const env = { DATA_DIR: join(disk.path, 'data'), RATE_LIMIT: 'off' };
  const server = await startStandalone({ env });
  return { server, disk, removeStore: async () => disk.remove() };
}

async function onPostgres(): Promise<Setting> {
  const { url, disk, stop } = await startSmallPostgres();
  const server = await startStandalone({ env: { HISTORY_URL: url, RATE_LIMIT: 'off' } });
  return { server, disk, removeStore: stop };
}

const STORES = [
  ['sqlite', onSqlite],
  ...(postgresInstalled ? [['postgresql', onPostgres] as const] : []),
] as const;

describe.skipIf(!disksPermitted()).each(STORES)(
  'while the disk of its store is full, of %s',
  (store, start) => {
    let disk: SmallDisk;
    let server: Standalone;
    let removeStore: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      ({ disk, server, removeStore } = await start());
    });
    afterAll(async () => {
      await server?.stop();
      await removeStore?.();
    });

    const post = async (body: string) => {
      const answer = await fetch(`${server.url}/c/full`, { method: 'POST', body });
      return {
        status: answer.status,
        retryAfter: answer.headers.get('retry-after'),
        json: await answer.json(),
      };
    };
    const ready = async () => {
      const answer = await fetch(`http://127.0.0.1:${server.adminPort}/readyz`);
      return { status: answer.status, text: (await answer.text()).trim() };
    };
    const storeChecked = async () => {
      const answer = await fetch(`${server.url}/checks`, { headers: { Accept: 'application/json' } });
      const { checks } = (await answer.json()) as {
        checks: { name: string; status: string; detail: string }[];
      };
      return checks.find(({ name }) => name === store);
    };
    const seqs = async () => {
      const answer = await fetch(`${server.url}/v1/channels/full/messages?limit=200`);
      const { messages } = (await answer.json()) as { messages: { seq: number }[] };
      return messages.map(({ seq }) => seq);
    };

    it('refuses posts with a problem that says so, is not ready and says why, reads on, rests, and goes on once there is room', async () => {
      let head = 0;
      for (; head < 20; head++) expect((await post(`before ${head}`)).status).toBe(201);
      disk.fill();
      const refused = await eventually('a post that is refused', async () => {
        const answer = await post('x'.repeat(2_000));
        if (answer.status !== 201) return answer;
        head += 1;
        return undefined;
      });
      expect(refused).toMatchObject({ status: 507, json: { code: 'store_full' } });
      expect(Number(refused?.retryAfter)).toBeGreaterThan(0);
      expect(await ready()).toEqual({ status: 503, text: 'HistoryFull' });
      expect(await storeChecked()).toMatchObject({
        status: 'failed',
        detail: expect.stringContaining('is full'),
      });
      expect((await seqs()).at(-1)).toBe(head);

      const before = cpuMs(server.pid);
      await sleep(WATCHED_MS);
      expect(cpuMs(server.pid) - before).toBeLessThan(WATCHED_MS * AT_REST);

      disk.makeRoom();
      expect(await post('after')).toMatchObject({ status: 201, json: { seq: head + 1 } });
      expect(await ready()).toMatchObject({ status: 200 });
      expect(await storeChecked()).toMatchObject({ status: 'ok' });
      const stored = await seqs();
      expect(stored).toEqual(stored.map((_, index) => head + 2 - stored.length + index));
    }, 120_000);
  },
);

/** The time that a process has had of the processors. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1_000;
}
