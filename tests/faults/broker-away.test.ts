import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { startStandalone } from '../servers/standalone.ts';
import { Api } from './api.ts';
import { type Arrival, follow, messagesOf } from './follower.ts';

const AWAY_MS = 10_000;

/** Before it goes, and after it is back. */
const THERE_MS = 4_000;

/** The bus tries a broker that is away again within a second, and the relay what it missed within another. */
const SETTLED_MS = 2_500;

const POST_EVERY_MS = 50;

/** A post waits for the store alone; on a busy machine, ms. */
const ANSWERED_WITHIN_MS = 1_000;

/** Without a broker the store is asked each second, ms. */
const DELIVERED_WITHIN_MS = 2_000;

/** With a broker a message needs some milliseconds; by the store alone half a second in the middle. */
const LIVE_MEDIAN_MS = 200;

const soon = { timeout: 10_000, interval: 50 };

describe.skipIf(!mosquittoInstalled).concurrent('while the broker is away for 10 s', () => {
  it.for([{ fault: 'killed' }, { fault: 'frozen' }])(
    'posts are answered, and deliveries are made from the store: $fault',
    { timeout: 90_000 },
    async ({ fault }, { expect }) => {
      const broker = await startMosquitto();
      const server = await startStandalone({ env: { BUS_URL: broker.url } });
      const channels = ['a', 'b'];
      const readers = [['a'], ['b'], channels].map((some) => ({ some, ...follow(server.port, some) }));
      const api = new Api(server.port);
      /** When each post had its answer, by channel and seq. */
      const answeredAt = new Map<string, number>();
      let slowestMs = 0;
      let isSaying = true;
      const saying = say();

      await sleep(THERE_MS);
      if (fault === 'frozen') broker.freeze();
      else await broker.kill();
      await sleep(AWAY_MS);
      if (fault === 'frozen') broker.thaw();
      else await broker.restart();
      const backAt = performance.now();
      await sleep(THERE_MS);
      isSaying = false;
      await saying;

      expect(slowestMs).toBeLessThan(ANSWERED_WITHIN_MS);
      for (const { some, arrivals, others, close } of readers) {
        const logs = await Promise.all(some.map((channel) => api.log(channel)));
        await expect.poll(() => arrivals.length, soon).toBe(logs.flat().length);
        expect(some.map((channel) => messagesOf(arrivals, channel))).toEqual(logs);
        expect(Math.max(...arrivals.map(lag))).toBeLessThan(DELIVERED_WITHIN_MS);
        expect(median(arrivals.filter(({ at }) => at > backAt + SETTLED_MS).map(lag))).toBeLessThan(
          LIVE_MEDIAN_MS,
        );
        expect(others.filter(({ name }) => name === 'open')).toHaveLength(1);
        await close();
      }
      api.close();
      await server.stop();
      await broker.stop();

      async function say(): Promise<void> {
        const posts: Promise<void>[] = [];
        for (let count = 0; isSaying; count++) {
          posts.push(post(channels[count % channels.length] as string, `${count}`));
          await sleep(POST_EVERY_MS);
        }
        await Promise.all(posts);
      }

      async function post(channel: string, body: string): Promise<void> {
        const startedAt = performance.now();
        const { status, text } = await api.post(channel, body);
        expect(status).toBe(201);
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        answeredAt.set(`${channel} ${JSON.parse(text).seq}`, performance.now());
      }

      function lag({ message: { channel, seq }, at }: Arrival): number {
        return at - (answeredAt.get(`${channel} ${seq}`) ?? 0);
      }
    },
  );
});

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
