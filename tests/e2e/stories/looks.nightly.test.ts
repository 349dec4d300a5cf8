import { afterAll, beforeAll, describe, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { START_WITHIN_MS, type Stage, setStage, TEST_WITHIN_MS } from '../stage.ts';
import { messageWith } from './deeds.ts';
import { looks } from './devices.ts';
import { screenshot } from './screenshot.ts';

describe.skipIf(!chromiumInstalled)('the page', { timeout: TEST_WITHIN_MS }, () => {
  let stage: Stage;
  let channel: string;
  beforeAll(async () => {
    stage = await setStage();
    channel = stage.channel('looks');
    await stage.say(channel, ['Welcome! **Read** this first.', 'Ask anything.']);
  }, START_WITHIN_MS);
  afterAll(() => stage?.close());

  it.each(looks)('is looked at on a %s in %s', async (size, colorScheme, options) => {
    const { page, context } = await stage.enter(`/c/${channel}`, {
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
