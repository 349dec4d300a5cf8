import type { Page } from 'playwright';
import { expect } from 'vitest';
import { type Fixture, soon, texts, write } from '../fixture.ts';
import { desk } from './devices.ts';
import { messageWith, takeName } from './steps.ts';

const DAY_MS = 86_400_000;

/** How somebody's browser writes dates, and what they are called. */
export interface Newcomer {
  locale: string;
  timezoneId: string;
  name: string;
}

/** A newcomer reads the channel of `welcome`, whose first two messages are known, takes a name, writes and makes a channel. */
export async function lookRound(
  fixture: Fixture,
  welcome: string,
  { locale, timezoneId, name }: Newcomer,
): Promise<void> {
  const now = new Date(Date.now() + 3 * DAY_MS);
  const { page, context, faults } = await fixture.enter('/', {
    ...desk,
    locale,
    timezoneId,
    now,
    ownChannels: true,
  });
  await expect.poll(() => new URL(page.url()).pathname, soon).toBe('/c/lobby');
  await page.goto(new URL(`/c/${welcome}`, page.url()).href);
  await expect
    .poll(async () => (await texts(page, 'stored')).slice(0, 2), soon)
    .toEqual(['Welcome! Read this first.', 'Ask anything.']);
  await expectDatesOf(page, locale, timezoneId);

  await takeName(page, name);
  await write(page, `Hello, I am ${name}`);
  await messageWith(page, `Hello, I am ${name}`).locator('.author', { hasText: name }).waitFor();

  const plans = fixture.channel(`plans-${name}`);
  await page.getByRole('button', { name: 'New channel' }).click();
  const dialog = page.getByRole('dialog', { name: 'New channel' });
  await dialog.getByLabel('Name').fill(`Plans of ${name}`);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('A name can only have the letters a to z').waitFor();
  await dialog.getByLabel('Name').fill(`#${plans.replace('plans', 'Plans')}`);
  await dialog.getByLabel('Topic (optional)').fill('What comes next');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => new URL(page.url()).pathname, soon).toBe(`/c/${plans}`);
  await page.locator('.topic', { hasText: 'What comes next' }).waitFor();
  await write(page, 'First!');
  await expect.poll(() => texts(page, 'stored'), soon).toEqual(['First!']);
  await fixture.say(plans, ['Welcome here']);
  await expect.poll(() => texts(page, 'stored'), soon).toEqual(['First!', 'Welcome here']);
  await page.getByRole('link', { name: plans }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
}

async function expectDatesOf(page: Page, locale: string, timeZone: string): Promise<void> {
  const time = page.locator('.said time').first();
  const said = new Date((await time.getAttribute('datetime')) ?? '');
  const written = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(said);
  expect(await time.textContent()).toBe(written({ hour: '2-digit', minute: '2-digit' }));
  expect(await time.getAttribute('title')).toBe(written({ dateStyle: 'full', timeStyle: 'medium' }));
  expect(await page.locator('.line.day').first().textContent()).toBe(
    written({ weekday: 'long', day: 'numeric', month: 'long' }),
  );
}
