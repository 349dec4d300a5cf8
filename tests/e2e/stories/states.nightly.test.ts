import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { START_WITHIN_MS, useFixture, write } from '../fixture.ts';
import { faultsIn } from './accessibility.ts';
import { desk, phone } from './devices.ts';
import { messageWith, searchFor } from './steps.ts';

describe.skipIf(!chromiumInstalled)('every state of the page', () => {
  const fixture = useFixture();
  let states: string;
  beforeAll(async () => {
    states = fixture.channel('states');
    await fixture.say(states, [
      `A **list**:\n- one\n- two\n\n> and a ${fixture.word('quote')}, \`code\` and https://example.org/`,
      '```ts\nconst wide = "a line that is wider than the screen of a phone, so that it is scrolled by keyboard";\n```',
      'Ask @Axel or write to ada@example.org',
    ]);
  }, START_WITHIN_MS);

  it.each([
    ['phone', phone],
    ['desk', desk],
  ] as const)(
    'has nothing that axe finds, on a %s, in light and in dark',
    async (size, device) => {
      const { page, context, faults } = await fixture.enter(`/c/${states}`, device);
      const found: string[] = [];
      const look = async (state: string) => {
        found.push(...(await faultsIn(page, state, `state-${size}-${state.replaceAll(/\W+/g, '-')}`)));
      };
      const inDialog = async (state: string) => {
        await page.getByRole('dialog').waitFor();
        await look(state);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      };
      const openChannels = async () => {
        if (size === 'phone') await page.getByRole('button', { name: 'Channels' }).click();
      };

      await page.getByRole('button', { name: 'Choose a name' }).click();
      await look('naming');
      await page.getByLabel('What should we call you?').fill('Axel');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Choose a name' }).waitFor({ state: 'detached' });
      await write(page, 'my own @ada');
      const own = messageWith(page, 'my own');
      await own.waitFor();
      await look('reading');

      await own.press('Enter');
      await page.getByRole('menu').waitFor();
      await look('menu');
      await page.keyboard.press('Escape');
      await own.press('+');
      await inDialog('emoji picker');
      await own.press('+');
      await page.getByRole('dialog').getByRole('button', { name: '👍' }).click();
      await own.locator('.reaction').waitFor();
      await look('reaction');
      await own.press('e');
      await page.getByLabel('Edit message').waitFor();
      await look('editing');
      await page.getByLabel('Edit message').press('Escape');
      await own.press('r');
      await page.locator('.replying').waitFor();
      await look('replying');
      await page.getByRole('button', { name: 'Cancel reply' }).click();
      await own.press('Delete');
      await inDialog('deleting');
      await own.press('?');
      await inDialog('shortcuts');

      await page.getByRole('button', { name: 'Search' }).click();
      await searchFor(page, fixture.word('quote'));
      await inDialog('search');
      await page.getByRole('button', { name: 'Go to a date' }).click();
      await inDialog('date');
      await page.getByRole('button', { name: /^Here:/ }).click();
      await inDialog('people');
      await openChannels();
      await page.getByRole('button', { name: /^You are/ }).click();
      await inDialog('profile');
      await openChannels();
      await page.getByRole('button', { name: 'New channel' }).click();
      await page.getByLabel('Private').check();
      await inDialog('new channel');
      if (size === 'phone') {
        await openChannels();
        await inDialog('channels');
      }
      await own.press('Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.locator('.tombstone').last().waitFor();
      await context.setOffline(true);
      await page.locator('.banner', { hasText: 'You are offline.' }).waitFor();
      await look('offline, with a tombstone');
      expect(found).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    },
    360_000,
  );
});
