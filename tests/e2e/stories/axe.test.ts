import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { type Stage, setStage, write } from '../stage.ts';
import { messageWith } from './deeds.ts';
import { looks } from './devices.ts';
import { atRest, screenshot } from './screenshot.ts';

describe.skipIf(!chromiumInstalled)('every state of the page', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
    await stage.say('states', [
      'A **list**:\n- one\n- two\n\n> and a quote, `code` and https://example.org/',
      '```ts\nconst wide = "a line that is wider than the screen of a phone, so that it is scrolled by keyboard";\n```',
      'Ask @Axel or write to ada@example.org',
    ]);
  }, 180_000);
  afterAll(() => stage?.close());

  it.each(looks)(
    'has nothing that axe finds, on a %s in %s',
    async (size, colorScheme, options) => {
      const { page, context, faults } = await stage.enter('/c/states', { ...options, colorScheme });
      const found: string[] = [];
      const look = async (state: string) => {
        for (const violation of await axe(page)) found.push(`${state}: ${violation}`);
      };
      const inDialog = async (state: string) => {
        await page.getByRole('dialog').waitFor();
        await look(state);
        await screenshot(page, `state-${size}-${colorScheme}-${state.replaceAll(' ', '-')}`);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      };
      const profile = async () => {
        if (size === 'phone') await page.getByRole('button', { name: 'Channels' }).click();
        await page.getByRole('button', { name: /^You are/ }).click();
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
      await screenshot(page, `state-${size}-${colorScheme}-reading`);

      await own.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('menu').waitFor();
      await look('menu');
      await screenshot(page, `state-${size}-${colorScheme}-menu`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('+');
      await inDialog('emoji picker');
      await page.keyboard.press('+');
      await page.getByRole('button', { name: '👍' }).click();
      await own.locator('.reaction').waitFor();
      await look('reaction');
      await own.focus();
      await page.keyboard.press('e');
      await page.getByLabel('Text of the message').waitFor();
      await look('editing');
      await page.keyboard.press('Escape');
      await own.focus();
      await page.keyboard.press('r');
      await page.locator('.replying').waitFor();
      await look('replying');
      await page.keyboard.press('Escape');
      await own.focus();
      await page.keyboard.press('Delete');
      await inDialog('deleting');
      await own.focus();
      await page.keyboard.press('?');
      await inDialog('shortcuts');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('searchbox').fill('quote');
      await page.getByRole('searchbox').press('Enter');
      await page.locator('.results mark').waitFor();
      await inDialog('search');
      await page.getByRole('button', { name: 'Go to a date' }).click();
      await inDialog('date');
      await page.getByRole('button', { name: /^Here:/ }).click();
      await inDialog('people');
      await profile();
      await inDialog('profile');
      if (size === 'phone') await page.getByRole('button', { name: 'Channels' }).click();
      await page.getByRole('button', { name: 'New channel' }).click();
      await page.getByLabel('Private').check();
      await inDialog('new channel');
      if (size === 'phone') {
        await page.getByRole('button', { name: 'Channels' }).click();
        await inDialog('channels');
      }
      await own.focus();
      await page.keyboard.press('Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.locator('.tombstone').last().waitFor();
      await context.setOffline(true);
      await page.locator('.banner', { hasText: 'You are offline.' }).waitFor();
      await look('offline, with a tombstone');
      await screenshot(page, `state-${size}-${colorScheme}-offline`);
      expect(found).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    },
    300_000,
  );
});

async function axe(page: Page): Promise<string[]> {
  await atRest(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
