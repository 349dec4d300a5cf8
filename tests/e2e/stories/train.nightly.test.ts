import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { isLive, soon, texts, useFixture, write } from '../fixture.ts';
import { desk, phone } from './devices.ts';
import { screenshot } from './screenshot.ts';
import { takeName } from './steps.ts';

/** A line that is there and of no use for much: half a second each way, 50 kbit/s. */
const SLOW = { offline: false, latency: 500, downloadThroughput: 6_250, uploadThroughput: 6_250 };

describe.skipIf(!chromiumInstalled)('someone on a bad train line', () => {
  const fixture = useFixture();

  it('writes through tunnels and a slow line, and nothing is lost, doubled or out of order', async () => {
    const path = `/c/${fixture.channel('train')}`;
    const train = await fixture.enter(path, { ...phone, proxied: true });
    const home = await fixture.enter(path, desk);
    const { page } = train;
    // The phone's keyboard of a name is the same form.
    await page.getByRole('button', { name: 'Choose a name' }).click();
    await page.getByLabel('What should we call you?').fill('Tia');
    await page.getByRole('button', { name: 'Save' }).click();
    await takeName(home.page, 'Hugo');
    await write(page, 'in the station');
    await expect.poll(() => texts(home.page, 'stored'), soon).toEqual(['in the station']);

    const expected = ['in the station'];
    for (const tunnel of [1, 2]) {
      await train.goOffline();
      await page.locator('.banner', { hasText: 'Your messages will be sent' }).waitFor();
      for (const word of ['a', 'b', 'c']) await write(page, `tunnel ${tunnel} ${word}`);
      if (tunnel === 1) await screenshot(page, 'train-phone-offline');
      await write(home.page, `home ${tunnel}`);
      const mine = ['a', 'b', 'c'].map((word) => `tunnel ${tunnel} ${word}`);
      await expect.poll(async () => (await texts(page)).slice(-3), soon).toEqual(mine);
      await expect.poll(() => texts(home.page, 'stored'), soon).toEqual([...expected, `home ${tunnel}`]);
      await train.comeBack();
      expected.push(`home ${tunnel}`, ...mine);
      await expect.poll(() => texts(page, 'stored'), { ...soon, timeout: 120_000 }).toEqual(expected);
      await expect.poll(() => texts(home.page, 'stored'), soon).toEqual(expected);
    }

    const network = await train.context.newCDPSession(page);
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', SLOW);
    for (const word of ['x', 'y', 'z']) await write(page, `slow ${word}`);
    expected.push('slow x', 'slow y', 'slow z');
    await expect.poll(() => texts(home.page, 'stored'), { ...soon, timeout: 120_000 }).toEqual(expected);
    await network.send('Network.emulateNetworkConditions', {
      ...SLOW,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    await isLive(page);
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(expected);
    await expect.poll(() => texts(page), soon).toEqual(expected);
    await expect.poll(() => page.locator('.banner').textContent(), soon).toBe('');
    expect(train.faults).toEqual([]);
    await Promise.all([train.context.close(), home.context.close()]);
  }, 360_000);
});
