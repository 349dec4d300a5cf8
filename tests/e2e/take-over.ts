import type { BrowserContext, Page } from 'playwright';
import { expect } from 'vitest';
import { type Fixture, isLive, soon, texts, write } from './fixture.ts';

/** One more tab of a browser, once it is live. */
export async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await isLive(page);
  return page;
}

/** Three tabs share a stream, `end` takes away the one that holds it, and the others miss nothing. */
export async function takeOver(
  fixture: Fixture,
  how: string,
  end: (leader: Page) => Promise<unknown>,
): Promise<void> {
  const channel = fixture.channel(how);
  const { page: leader, context } = await fixture.enter(`/c/${channel}`);
  const others = [await openTab(context, leader.url()), await openTab(context, leader.url())];
  await fixture.say(channel, ['m1', 'm2']);
  for (const page of [leader, ...others])
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['m1', 'm2']);
  await end(leader);
  const all = ['m1', 'm2'];
  for (let count = 3; count <= 12; count++) {
    await fixture.say(channel, [`m${count}`]);
    all.push(`m${count}`);
  }
  for (const page of others) await expect.poll(() => texts(page, 'stored'), soon).toEqual(all);
  await write(others[0] as Page, 'mine');
  for (const page of others) await expect.poll(() => texts(page, 'stored'), soon).toEqual([...all, 'mine']);
  await context.close();
}
