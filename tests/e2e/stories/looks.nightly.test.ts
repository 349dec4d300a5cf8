import { beforeAll, describe, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { START_WITHIN_MS, TEST_WITHIN_MS, useFixture } from '../fixture.ts';
import { looks } from './devices.ts';
import { screenshot } from './screenshot.ts';
import { messageWith } from './steps.ts';

describe.skipIf(!chromiumInstalled)('the page', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();
  let channel: string;
  beforeAll(async () => {
    channel = fixture.channel('looks');
    await fixture.say(channel, ['Welcome! **Read** this first.', 'Ask anything.']);
  }, START_WITHIN_MS);

  it.each(looks)('is looked at on a %s in %s', async (size, colorScheme, options) => {
    const { page, context } = await fixture.enter(`/c/${channel}`, {
      ...options,
      colorScheme,
      ownChannels: true,
    });
    await messageWith(page, 'Ask anything.').waitFor();
    await screenshot(page, `looks-${size}-${colorScheme}`);
    if (size === 'phone') {
      await page.getByRole('button', { name: 'Channels' }).click();
      await page.getByRole('dialog').getByRole('link', { name: channel }).waitFor();
      await screenshot(page, `looks-${size}-${colorScheme}-channels`);
    }
    await context.close();
  });
});
