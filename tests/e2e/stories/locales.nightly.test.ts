import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { soon, useFixture } from '../fixture.ts';
import { desk } from './devices.ts';
import { lookRound } from './newcomer.ts';
import { screenshot } from './screenshot.ts';
import { searchFor, takeName } from './steps.ts';
import { findUnread } from './unread.ts';

const WITHIN_MS = 240_000;
const DAY_MS = 86_400_000;
/** A number that is written in groups. */
const MANY = 1_234;
const LANES = 8;

describe.skipIf(!chromiumInstalled)('two people of different places', { timeout: WITHIN_MS }, () => {
  const fixture = useFixture();

  it.each([
    ['en-US', 'America/New_York', '1,234', 'Ann'],
    ['de-DE', 'Europe/Berlin', '1.234', 'Bernd'],
  ])('read numbers and dates as they are written in %s', async (locale, timezoneId, written, name) => {
    const channel = fixture.channel(`busy-${name.toLowerCase()}`);
    const needle = fixture.word(`needle${name}`);
    await fixture.say(channel, [
      `${needle} lies here`,
      ...Array.from({ length: 80 }, (_, index) => `line ${index}`),
    ]);
    const now = new Date(Date.now() + 3 * DAY_MS);
    const { page, context, faults } = await fixture.enter(`/c/${channel}`, {
      ...desk,
      locale,
      timezoneId,
      now,
    });
    onTestFinished(() => context.close());
    const format = (date: Date, options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locale, { ...options, timeZone: timezoneId }).format(date);
    await takeName(page, name);

    await page.getByRole('button', { name: 'Go to a date' }).click();
    const dialog = page.getByRole('dialog', { name: 'Go to a date' });
    await dialog.getByText(format(now, { dateStyle: 'full' })).waitFor();
    await dialog.getByLabel('Day (').fill('2026-03-05');
    const noon = new Date('2026-03-05T12:00:00Z');
    await dialog.getByText(format(noon, { dateStyle: 'full' })).waitFor();
    await screenshot(page, `locale-${locale}-date`);
    await dialog.getByRole('button', { name: 'Go', exact: true }).click();
    await page.locator('.said.marked', { hasText: `${needle} lies here` }).waitFor();

    const each = Math.ceil(MANY / LANES);
    const bodies = Array.from({ length: MANY }, (_, index) => `new ${index}`);
    await Promise.all(
      Array.from({ length: LANES }, (_, lane) =>
        fixture.say(channel, bodies.slice(lane * each, (lane + 1) * each)),
      ),
    );
    await page.getByRole('button', { name: `${written} new messages` }).waitFor();
    await expect.poll(() => page.title(), soon).toBe(`(${written}) #${channel} · Carillon`);
    await screenshot(page, `locale-${locale}-new`);

    await page.getByRole('button', { name: 'Search' }).click();
    await searchFor(page, needle);
    const time = page.getByRole('dialog').locator('.results time').first();
    const said = new Date((await time.getAttribute('datetime')) ?? '');
    expect(await time.textContent()).toBe(format(said, { dateStyle: 'medium', timeStyle: 'short' }));
    await page.keyboard.press('Escape');
    expect(faults).toEqual([]);
  });

  it('begin as in en-US: dates, and numbers of what is unread', async () => {
    const welcome = fixture.channel('welcome');
    await fixture.say(welcome, ['Welcome! **Read** this first.', 'Ask anything.']);
    await lookRound(fixture, welcome, { locale: 'en-US', timezoneId: 'America/New_York', name: 'nia' });
    await findUnread(fixture, { locale: 'en-US', name: 'Rea', many: '100+' });
  });
});
