import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { lentChromium } from '../../servers/lent.ts';
import { followInBrowser } from './browser-reader.ts';
import { type OneBusCluster, oneBusClusterInstalled, startOneBusCluster } from './cluster.ts';
import { followWithCurl } from './curl-reader.ts';
import {
  broadcastNodeKilled,
  type DearestFault,
  everyConnectionCut,
  nginxKilled,
  postgresRestarted,
} from './dearest-faults.ts';
import { type Load, startLoad } from './load.ts';
import { mayHarmNetwork } from './network.ts';
import { followWithSdk } from './sdk-reader.ts';
import { until } from './until.ts';
import { CLEAN } from './verdict.ts';

/** Clients come back within 5 s, and a node starts in 2 s. A crowded machine takes ten times as long. */
const WITHIN_MS = 120_000;

const faults = [broadcastNodeKilled, postgresRestarted, nginxKilled, everyConnectionCut];

/** All other faults, and how long it takes until they are over, are in `cluster.nightly.test.ts`. */
describe.skipIf(!oneBusClusterInstalled || !chromiumInstalled)(
  'two nodes of each service, on one bus',
  () => {
    let cluster: OneBusCluster;
    let browser: Browser;
    beforeAll(async () => {
      [cluster, browser] = await Promise.all([startOneBusCluster(), lentChromium()]);
    });
    afterAll(async () => {
      await browser?.close();
      await cluster?.stop();
    });

    it.for(faults.filter(({ isOfNetwork }) => mayHarmNetwork || !isOfNetwork))(
      'lose, repeat and reorder no message: $fault',
      { timeout: 5 * WITHIN_MS },
      async ({ fault, isFelt, strike }: DearestFault) => {
        const { origin } = cluster;
        const load = await startLoad(cluster, fault, async (channels) => [
          await followInBrowser(browser, origin, 'EventSource', channels),
          followWithSdk(origin, 'SDK', channels),
          followWithCurl(origin, 'curl', channels[0]),
        ]);
        try {
          const before = load.felt();
          const mend = await strike(cluster);
          try {
            await until(`${fault} is felt`, WITHIN_MS, () => {
              const { streams, cuts, repeated } = load.felt();
              return isFelt({
                streams,
                cuts: cuts - before.cuts,
                repeated: repeated - before.repeated,
              });
            });
          } finally {
            await mend();
          }
          await goOn(load);
          expect(await load.judge()).toEqual({ ...CLEAN, examples: [] });
        } finally {
          await load.stop();
        }
      },
    );
  },
);

/** Resolves when every writer and every reader has what was posted from now on. */
async function goOn({ writers, readers }: Load): Promise<void> {
  const since = Date.now();
  const newer = () => writers.posts.filter(({ sentAt, message }) => sentAt >= since && message !== undefined);
  const names = new Set(writers.posts.map(({ writer }) => writer));
  await until('all go on', WITHIN_MS, () => {
    const posts = newer();
    const keys = new Set(posts.map(({ key }) => key));
    return (
      new Set(posts.map(({ writer }) => writer)).size === names.size &&
      readers.every(({ channels, arrivals }) =>
        channels.every((each) => arrivals.some(({ channel, key = '' }) => channel === each && keys.has(key))),
      )
    );
  });
}
