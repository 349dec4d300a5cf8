import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { isLive, type Person, START_WITHIN_MS, type Stage, setStage, soon, texts, write } from '../stage.ts';
import { choose, messageWith, searchFor, takeName } from './deeds.ts';
import { desk, looks, phone } from './devices.ts';
import { screenshot } from './screenshot.ts';

describe.skipIf(!chromiumInstalled)('a regular', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  }, START_WITHIN_MS);
  afterAll(() => stage?.close());

  it.each([
    ['en-US', 'Rea', '100+'],
    ['de-DE', 'Rolf', '100+'],
  ])(
    'finds what came meanwhile in unread channels, and who asked for them, with numbers as in %s',
    async (locale, name, many) => {
      const channels = { team: `team-${name.toLowerCase()}`, news: `news-${name.toLowerCase()}` };
      await stage.say(channels.news, ['old news']);
      await stage.say(channels.team, ['one', 'two']);
      const { page, context, faults } = await stage.enter('/c/lobby', { ...desk, locale });
      await takeName(page, name);
      await read(page, channels.news, 'old news');
      await read(page, channels.team, 'two');
      await go(page, 'lobby');

      await stage.say(channels.team, ['three', `@${name}, can you look?`, 'five']);
      await fill(stage, channels.news, 110);
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
      await go(page, 'lobby');
      await expect.poll(() => team.locator('.count').count(), soon).toBe(0);
      expect(faults).toEqual([]);
      await context.close();
    },
    360_000,
  );

  it('answers, reacts, edits, deletes, and others see it at once', async () => {
    const rea = await enterAs('Rea', '/c/deeds');
    const bo = await enterAs('Bo', '/c/deeds');
    await write(bo.page, 'Where do we *eat*?');
    await messageWith(rea.page, 'Where do we eat?').waitFor();

    await choose(rea.page, messageWith(rea.page, 'Where do we eat?'), 'Reply');
    await rea.page.locator('.replying', { hasText: 'Reply to Bo' }).waitFor();
    await write(rea.page, 'At Moe’s');
    await messageWith(bo.page, 'At Moe’s')
      .getByRole('button', { name: 'Answers Bo Where do we *eat*?' })
      .click();
    await bo.page.locator('.said.marked', { hasText: 'Where do we eat?' }).waitFor();

    await choose(bo.page, messageWith(bo.page, 'At Moe’s'), 'Add a reaction');
    await bo.page.getByRole('button', { name: '👍' }).click();
    const thumbs = (page: Page) => messageWith(page, 'At Moe’s').getByRole('button', { name: '👍' });
    await expect.poll(() => thumbs(rea.page).textContent(), soon).toBe('👍 1');
    await thumbs(rea.page).click();
    for (const { page } of [rea, bo]) {
      await expect.poll(() => thumbs(page).textContent(), soon).toBe('👍 2');
      expect(await thumbs(page).getAttribute('aria-pressed')).toBe('true');
    }
    await thumbs(bo.page).click();
    await expect.poll(() => thumbs(rea.page).textContent(), soon).toBe('👍 1');

    await rea.page.getByRole('textbox', { name: 'Message #deeds' }).press('ArrowUp');
    await rea.page.getByLabel('Text of the message').fill('At **Joe’s**, at one');
    await rea.page.keyboard.press('Enter');
    for (const { page } of [rea, bo]) {
      await messageWith(page, 'At Joe’s, at one').getByText('(edited)').waitFor();
      expect(await texts(page, 'stored')).toEqual(['Where do we eat?', 'At Joe’s, at one']);
    }
    await choose(bo.page, messageWith(bo.page, 'Where do we eat?'), 'Delete');
    await bo.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    for (const { page } of [rea, bo]) {
      await page.locator('.tombstone').waitFor();
      await page.getByText('Answers a deleted message').waitFor();
      expect(await texts(page, 'stored')).toEqual(['At Joe’s, at one']);
    }
    expect([...rea.faults, ...bo.faults]).toEqual([]);
    await Promise.all([rea.context.close(), bo.context.close()]);
  }, 360_000);

  it('sees who is here and who writes', async () => {
    const rea = await enterAs('Rea', '/c/typing');
    const bo = await enterAs('Bo', '/c/typing');
    await bo.page.getByRole('textbox', { name: 'Message #typing' }).pressSequentially('Hel', { delay: 50 });
    await rea.page.locator('.typing', { hasText: 'Bo is writing…' }).waitFor();
    await rea.page.getByRole('button', { name: /^Here:/ }).click();
    const people = rea.page.getByRole('dialog', { name: 'Who is here' }).locator('.people li');
    await expect.poll(async () => (await people.allTextContents()).sort(), soon).toEqual(['BBo', 'RRea']);
    await Promise.all([rea.context.close(), bo.context.close()]);
  }, 360_000);

  it('searches, is led to the message, and shares its link', async () => {
    const filler = Array.from({ length: 120 }, (_, index) => `line ${index + 1}`);
    await stage.say('archive', ['The **treasure** lies under the oak.', ...filler]);
    const { page, context, faults } = await stage.enter('/c/lobby', {
      ...desk,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog', { name: 'Search' });
    await searchFor(page, 'treasure');
    await screenshot(page, 'regular-desk-search');
    await dialog.getByRole('link').first().click();
    await dialog.waitFor({ state: 'detached' });
    const found = page.locator('.said.marked', { hasText: 'The treasure lies under the oak.' });
    await found.waitFor();
    expect(new URL(page.url()).pathname).toBe('/c/archive/1');
    await found.focus();
    await page.keyboard.press('l');
    await page.getByText('The link is copied.').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(new URL(link).pathname).toBe('/c/archive/1');

    const friend = await stage.enter(new URL(link).pathname, desk);
    const shared = friend.page.locator('.said.marked', { hasText: 'The treasure lies under the oak.' });
    await shared.waitFor();
    expect(await friend.page.locator('.said', { hasText: 'line 120' }).count()).toBe(0);
    expect(friend.faults).toEqual([]);
    await friend.context.close();
    expect(faults).toEqual([]);
    await context.close();
  }, 360_000);

  it('is notified while looking elsewhere, having asked for it', async () => {
    const { page, context } = await stage.enter('/c/quiet', { ...desk, permissions: ['notifications'] });
    await page.evaluate(() => {
      const shown: string[] = [];
      Object.assign(window, {
        shown,
        Notification: class {
          static permission = 'granted';
          static requestPermission(): Promise<string> {
            return Promise.resolve('granted');
          }
          onclick = null;
          constructor(title: string, { body }: { body: string }) {
            shown.push(`${title}: ${body}`);
          }
          close() {}
        },
      });
    });
    await takeName(page, 'Nora');
    await page.getByRole('button', { name: 'You are Nora. Change your name' }).click();
    await page.getByLabel('Notify me of mentions').check();
    await page.getByRole('button', { name: 'Cancel' }).click();
    // No browser without a window hides a page; it says so instead.
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await stage.say('quiet', ['@Nora, are you there?']);
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { shown: string[] }).shown), {
        ...soon,
        timeout: 60_000,
      })
      .toContain('You were mentioned in #quiet: Guest: @Nora, are you there?');
    await context.close();
  }, 360_000);

  it.each(looks)(
    'has a page that is looked at on a %s in %s',
    async (size, colorScheme, options) => {
      const { page, context } = await stage.enter('/c/deeds', { ...options, colorScheme });
      await messageWith(page, 'At Joe’s').waitFor();
      await screenshot(page, `regular-${size}-${colorScheme}`);
      if (size === 'phone') {
        await page.getByRole('button', { name: 'Channels' }).click();
        await page.getByRole('dialog').getByRole('link', { name: 'deeds' }).waitFor();
        await screenshot(page, `regular-${size}-${colorScheme}-channels`);
      }
      await context.close();
    },
    360_000,
  );

  it('uses a phone with a thumb: the menu of a message, a reaction, a reply', async () => {
    const { page, context } = await stage.enter('/c/thumb', phone);
    await page.getByRole('button', { name: 'Choose a name' }).tap();
    await page.getByLabel('What should we call you?').fill('Tilda');
    await page.getByRole('button', { name: 'Save' }).tap();
    await stage.say('thumb', ['hello Tilda']);
    const message = messageWith(page, 'hello Tilda');
    await message.getByRole('button', { name: 'More actions' }).tap();
    await page.getByRole('menuitem', { name: 'Add a reaction' }).tap();
    await page.getByRole('button', { name: '🎉' }).tap();
    await expect.poll(() => message.locator('.reaction').textContent(), soon).toBe('🎉 1');
    await message.getByRole('button', { name: 'More actions' }).tap();
    await page.getByRole('menuitem', { name: 'Reply' }).tap();
    await write(page, 'hello!');
    await messageWith(page, 'hello!').locator('.quoted', { hasText: 'hello Tilda' }).waitFor();
    await context.close();
  }, 360_000);

  async function enterAs(name: string, path: string): Promise<Person> {
    const person = await stage.enter(path, desk);
    await takeName(person.page, name);
    return person;
  }
});

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
async function fill(stage: Stage, channel: string, count: number): Promise<void> {
  const lanes = Array.from({ length: 10 }, (_, lane) =>
    stage.say(
      channel,
      Array.from({ length: count / 10 }, (_, index) => `news ${lane} ${index}`),
    ),
  );
  await Promise.all(lanes);
}
