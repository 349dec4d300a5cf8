import type { Page } from 'playwright';
import { expect } from 'vitest';
import { type Fixture, isLive, soon, texts } from '../fixture.ts';
import { desk } from './devices.ts';
import { screenshot } from './screenshot.ts';
import { messageWith, takeName } from './steps.ts';

/** Somebody's name, and how their browser writes what is more than a hundred. */
export interface Regular {
  locale: string;
  name: string;
  many: string;
}

/** A regular has read two channels, comes back, and finds what came meanwhile and who asked for them. */
export async function findUnread(fixture: Fixture, { locale, name, many }: Regular): Promise<void> {
  const own = (channel: string) => fixture.channel(`${channel}-${name.toLowerCase()}`);
  const channels = { team: own('team'), news: own('news'), home: own('home') };
  await fixture.say(channels.news, ['old news']);
  await fixture.say(channels.team, ['one', 'two']);
  const { page, context, faults } = await fixture.enter(`/c/${channels.home}`, {
    ...desk,
    locale,
    ownChannels: true,
  });
  await takeName(page, name);
  await read(page, channels.news, 'old news');
  await read(page, channels.team, 'two');
  await go(page, channels.home);

  await fixture.say(channels.team, ['three', `@${name}, can you look?`, 'five']);
  await fill(fixture, channels.news, 110);
  const team = page.getByRole('link', { name: channels.team });
  await page.reload();
  await isLive(page);
  await expect
    .poll(() => team.locator('.count').allTextContents(), soon)
    .toEqual(['@1 mentions', '3 unread']);
  const news = page.getByRole('link', { name: channels.news });
  await expect.poll(() => news.locator('.count').allTextContents(), soon).toEqual([`${many} unread`]);
  await screenshot(page, `regular-desk-${locale}-unread`);

  await team.click();
  await page.locator('.line.new').waitFor();
  await page.locator('.mention.own', { hasText: `@${name}` }).waitFor();
  expect(await texts(page, 'stored')).toEqual(['one', 'two', 'three', `@${name}, can you look?`, 'five']);
  await go(page, channels.home);
  await expect.poll(() => team.locator('.count').count(), soon).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
}

async function go(page: Page, channel: string): Promise<void> {
  const field = page.getByLabel('Find or go to a channel');
  await field.fill(channel);
  await field.press('Enter');
  await page.getByRole('heading', { name: `#${channel}`, level: 1 }).waitFor();
  await isLive(page);
}

/** Reads a channel, and waits until the server knows. */
async function read(page: Page, channel: string, last: string): Promise<void> {
  const told = page.waitForResponse(
    (answer) => answer.url().endsWith(`/v1/channels/${channel}/read`) && answer.ok(),
  );
  await go(page, channel);
  await messageWith(page, last).waitFor();
  await told;
}

/** Posts many messages, some at once: their order does not matter. */
async function fill(fixture: Fixture, channel: string, count: number): Promise<void> {
  const lanes = Array.from({ length: 10 }, (_, lane) =>
    fixture.say(
      channel,
      Array.from({ length: count / 10 }, (_, index) => `news ${lane} ${index}`),
    ),
  );
  await Promise.all(lanes);
}
