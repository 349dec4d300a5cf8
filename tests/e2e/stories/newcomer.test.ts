import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { START_WITHIN_MS, type Stage, setStage, soon, texts, write } from '../stage.ts';
import { messageWith, takeName } from './deeds.ts';
import { desk, looks } from './devices.ts';
import { screenshot } from './screenshot.ts';

const DAY_MS = 86_400_000;

describe.skipIf(!chromiumInstalled)('a newcomer', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
    await stage.say('lobby', ['Welcome! **Read** this first.', 'Ask anything.']);
  }, START_WITHIN_MS);
  afterAll(() => stage?.close());

  it.each([
    ['en-US', 'America/New_York', 'nia'],
    ['de-DE', 'Europe/Berlin', 'nils'],
  ])(
    'opens the page, reads, takes a name, writes and makes a channel, with dates as in %s',
    async (locale, timezoneId, name) => {
      const now = new Date(Date.now() + 3 * DAY_MS);
      const { page, context, faults } = await stage.enter('/', { ...desk, locale, timezoneId, now });
      await expect.poll(() => new URL(page.url()).pathname, soon).toBe('/c/lobby');
      await expect
        .poll(async () => (await texts(page, 'stored')).slice(0, 2), soon)
        .toEqual(['Welcome! Read this first.', 'Ask anything.']);

      const time = page.locator('.said time').first();
      const said = new Date((await time.getAttribute('datetime')) ?? '');
      const written = (options: Intl.DateTimeFormatOptions) =>
        new Intl.DateTimeFormat(locale, { ...options, timeZone: timezoneId }).format(said);
      expect(await time.textContent()).toBe(written({ hour: '2-digit', minute: '2-digit' }));
      expect(await time.getAttribute('title')).toBe(written({ dateStyle: 'full', timeStyle: 'medium' }));
      expect(await page.locator('.line.day').first().textContent()).toBe(
        written({ weekday: 'long', day: 'numeric', month: 'long' }),
      );

      await takeName(page, name);
      await write(page, `Hello, I am ${name}`);
      await messageWith(page, `Hello, I am ${name}`).locator('.author', { hasText: name }).waitFor();

      await page.getByRole('button', { name: 'New channel' }).click();
      const dialog = page.getByRole('dialog', { name: 'New channel' });
      await dialog.getByLabel('Name').fill(`Plans of ${name}`);
      await dialog.getByRole('button', { name: 'Create' }).click();
      await dialog.getByText('A name has only the letters a to z').waitFor();
      await dialog.getByLabel('Name').fill(`#Plans-${name}`);
      await dialog.getByLabel('What it is about').fill('What comes next');
      await dialog.getByRole('button', { name: 'Create' }).click();
      await dialog.waitFor({ state: 'detached' });
      await expect.poll(() => new URL(page.url()).pathname, soon).toBe(`/c/plans-${name}`);
      await page.locator('.topic', { hasText: 'What comes next' }).waitFor();
      await write(page, 'First!');
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['First!']);
      await stage.say(`plans-${name}`, ['Welcome here']);
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['First!', 'Welcome here']);
      await page.getByRole('link', { name: `plans-${name}` }).waitFor();
      expect(faults).toEqual([]);
      await context.close();
    },
    360_000,
  );

  it.each(looks)(
    'sees on a %s in %s what there is to do',
    async (size, colorScheme, options) => {
      const { page, context } = await stage.enter('/c/lobby', { ...options, colorScheme });
      await messageWith(page, 'Ask anything.').waitFor();
      await screenshot(page, `newcomer-${size}-${colorScheme}`);
      await context.close();
    },
    360_000,
  );
});
