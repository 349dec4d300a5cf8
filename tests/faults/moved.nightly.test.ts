import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lentDatabase } from '../servers/lent.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { startStandalone } from '../servers/standalone.ts';
import { Api, seqs, upTo } from './api.ts';
import { Application } from './application.ts';
import { follow, messagesOf } from './follower.ts';

const CARILLON = fileURLToPath(new URL('../../cli/bin/carillon.mjs', import.meta.url));
const CHANNELS = ['m0', 'm1'];
const EACH = 200;
/** The new stack has the old one's: by it a short key without a name is known. */
const SESSION_SECRET = 'a secret that moves along';

/** Processes start and end in between, on a machine that does other work. */
const SLOW_MS = 300_000;
const soon = { timeout: 60_000, interval: 50 };

/** From one store to another, as docs/from-one-process-to-many.md says it, under the same address. */
describe.skipIf(!postgresInstalled)('a team that moves its store', () => {
  it('from one process to PostgreSQL and back keeps every reader: each gets exactly what it missed, and no reset', {
    timeout: SLOW_MS,
  }, async () => {
    const embedded = await startStandalone({ env: { SESSION_SECRET } });
    const { port, dataDir } = embedded;
    const readers = [...CHANNELS.map((channel) => follow(port, [channel])), follow(port, CHANNELS)];
    const app = new Application(embedded.url, CHANNELS);
    onTestFinished(async () => {
      app.close();
      for (const reader of readers) await reader.close();
      await embedded.stop();
    });
    let posted = 0;
    /** Each channel gets as many more, and everybody has them. */
    const say = async (everybody: boolean) => {
      const api = new Api(port);
      for (const n of upTo(EACH)) {
        const posts = CHANNELS.map((channel) => api.post(channel, `text ${posted + n}`, `k-${posted + n}`));
        for (const { status } of await Promise.all(posts)) expect(status).toBe(201);
      }
      api.close();
      posted += EACH;
      if (everybody) await allHave(posted);
    };
    const allHave = async (count: number) => {
      for (const [index, channel] of CHANNELS.entries()) {
        for (const reader of [readers[index], readers[2]]) {
          const got = () => seqs(messagesOf(reader?.arrivals ?? [], channel));
          await expect.poll(got, soon).toEqual(upTo(count));
        }
        await expect.poll(() => app.bodies(channel).length, soon).toBe(count);
      }
    };

    await say(true);
    // Somebody is away from here on.
    await readers[0]?.close();
    await say(false);
    await embedded.stop();
    const database = await lentDatabase();
    await promisify(execFile)(process.execPath, [CARILLON, 'store', 'copy', dataDir, database]);

    const many = await startStandalone({ port, env: { SESSION_SECRET, HISTORY_URL: database } });
    onTestFinished(() => many.stop());
    const api = new Api(port);
    // A key that was used names the same message there.
    expect((await api.post('m0', 'text 1', 'k-1')).status).toBe(200);
    api.close();
    const back = follow(port, ['m0']);
    onTestFinished(() => back.close());
    await expect.poll(() => seqs(messagesOf(back.arrivals, 'm0')), soon).toEqual(upTo(posted));
    await say(false);
    for (const reader of [readers[1], readers[2]]) {
      await expect.poll(() => seqs(messagesOf(reader?.arrivals ?? [], 'm1')), soon).toEqual(upTo(posted));
    }
    await many.stop();
    await promisify(execFile)(process.execPath, [CARILLON, 'store', 'copy', database, `${dataDir}-back`]);

    const again = await startStandalone({
      port,
      env: { SESSION_SECRET, HISTORY_URL: `sqlite:${dataDir}-back` },
    });
    onTestFinished(() => again.stop());
    await say(false);
    for (const channel of CHANNELS) {
      await expect
        .poll(() => seqs(messagesOf(readers[2]?.arrivals ?? [], channel)), soon)
        .toEqual(upTo(posted));
      await expect.poll(() => app.bodies(channel).length, soon).toBe(posted);
    }
    expect(app.resets).toEqual([]);
    for (const { others } of readers) expect(others.filter(({ name }) => name === 'reset')).toEqual([]);
  });
});
