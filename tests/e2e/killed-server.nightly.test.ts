import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { isLive, soon, TEST_WITHIN_MS, texts, useOwnServerFixture, write } from './fixture.ts';

describe.skipIf(!chromiumInstalled)('in the browser, delivery', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useOwnServerFixture();

  it('a server that is killed and started again is found again, and what was sent meanwhile arrives once', async () => {
    const ada = await fixture.enter('/c/killed');
    const bo = await fixture.enter('/c/killed');
    await write(ada.page, 'one');
    await expect.poll(() => texts(bo.page, 'stored'), soon).toEqual(['one']);
    await fixture.server.kill();
    await ada.page.getByText('Reconnecting…').waitFor();
    await write(ada.page, 'two');
    await write(ada.page, 'three');
    await ada.page.getByText('Sending…').first().waitFor();
    await fixture.server.restart();
    await fixture.say('killed', ['from elsewhere']);
    for (const { page } of [ada, bo]) {
      await isLive(page);
      await expect
        .poll(async () => (await texts(page, 'stored')).toSorted(), soon)
        .toEqual(['from elsewhere', 'one', 'three', 'two']);
      const all = await texts(page);
      expect(all).toHaveLength(4);
      expect(all.indexOf('two')).toBeLessThan(all.indexOf('three'));
    }
    await Promise.all([ada.context.close(), bo.context.close()]);
  });
});
