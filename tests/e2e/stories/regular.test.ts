import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { type Person, soon, TEST_WITHIN_MS, texts, useFixture, write } from '../fixture.ts';
import { desk, phone } from './devices.ts';
import { screenshot } from './screenshot.ts';
import { choose, messageWith, searchFor, takeName } from './steps.ts';
import { findUnread } from './unread.ts';

describe.skipIf(!chromiumInstalled)('a regular', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  it('finds what came meanwhile in unread channels, and who asked for them, with numbers as in de-DE', () =>
    findUnread(fixture, { locale: 'de-DE', name: 'Rolf', many: '100+' }));

  it('answers, reacts, edits, deletes, and others see it at once', async () => {
    const deeds = fixture.channel('deeds');
    const rea = await enterAs('Rea', deeds);
    const bo = await enterAs('Bo', deeds);
    await write(bo.page, 'Where do we *eat*?');
    await messageWith(rea.page, 'Where do we eat?').waitFor();

    await choose(rea.page, messageWith(rea.page, 'Where do we eat?'), 'Reply');
    await rea.page.locator('.replying', { hasText: 'Reply to Bo' }).waitFor();
    await write(rea.page, 'At Moe’s');
    await messageWith(bo.page, 'At Moe’s')
      .getByRole('button', { name: 'Reply to Bo Where do we *eat*?' })
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

    await rea.page.getByRole('textbox', { name: `Message #${deeds}` }).press('ArrowUp');
    await rea.page.getByLabel('Edit message').fill('At **Joe’s**, at one');
    await rea.page.keyboard.press('Enter');
    for (const { page } of [rea, bo]) {
      await messageWith(page, 'At Joe’s, at one').getByText('(edited)').waitFor();
      expect(await texts(page, 'stored')).toEqual(['Where do we eat?', 'At Joe’s, at one']);
    }
    await choose(bo.page, messageWith(bo.page, 'Where do we eat?'), 'Delete');
    await bo.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    for (const { page } of [rea, bo]) {
      await page.locator('.tombstone').waitFor();
      await page.getByText('Reply to a deleted message').waitFor();
      expect(await texts(page, 'stored')).toEqual(['At Joe’s, at one']);
    }
    expect([...rea.faults, ...bo.faults]).toEqual([]);
    await Promise.all([rea.context.close(), bo.context.close()]);
  });

  it('sees who is here and who writes', async () => {
    const typing = fixture.channel('typing');
    const rea = await enterAs('Rea', typing);
    const bo = await enterAs('Bo', typing);
    await bo.page
      .getByRole('textbox', { name: `Message #${typing}` })
      .pressSequentially('Hel', { delay: 50 });
    await rea.page.locator('.typing', { hasText: 'Bo is typing…' }).waitFor();
    await rea.page.getByRole('button', { name: /^Here:/ }).click();
    const people = rea.page.getByRole('dialog', { name: 'Who is here' }).locator('.people li');
    await expect.poll(async () => (await people.allTextContents()).sort(), soon).toEqual(['BBo', 'RRea']);
    await Promise.all([rea.context.close(), bo.context.close()]);
  });

  it('searches, is led to the message, and shares its link', async () => {
    const filler = Array.from({ length: 120 }, (_, index) => `line ${index + 1}`);
    const [archive, treasure] = [fixture.channel('archive'), fixture.word('treasure')];
    await fixture.say(archive, [`The **${treasure}** lies under the oak.`, ...filler]);
    const { page, context, faults } = await fixture.enter(`/c/${fixture.channel('elsewhere')}`, {
      ...desk,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog', { name: 'Search' });
    await searchFor(page, treasure);
    await screenshot(page, 'regular-desk-search');
    await dialog.getByRole('link').first().click();
    await dialog.waitFor({ state: 'detached' });
    const found = page.locator('.said.marked', { hasText: `The ${treasure} lies under the oak.` });
    await found.waitFor();
    expect(new URL(page.url()).pathname).toBe(`/c/${archive}/1`);
    await found.focus();
    await page.keyboard.press('l');
    await page.getByText('Link copied.').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(new URL(link).pathname).toBe(`/c/${archive}/1`);

    const friend = await fixture.enter(new URL(link).pathname, desk);
    const shared = friend.page.locator('.said.marked', { hasText: `The ${treasure} lies under the oak.` });
    await shared.waitFor();
    expect(await friend.page.locator('.said', { hasText: 'line 120' }).count()).toBe(0);
    expect(friend.faults).toEqual([]);
    await friend.context.close();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is notified while looking elsewhere, having asked for it', async () => {
    const quiet = fixture.channel('quiet');
    const { page, context } = await fixture.enter(`/c/${quiet}`, {
      ...desk,
      permissions: ['notifications'],
      ownClock: true,
      ownChannels: true,
    });
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
    await fixture.say(quiet, ['@Nora, are you there?']);
    // The list of channels is read every 20 s.
    await page.clock.fastForward(21_000);
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { shown: string[] }).shown), soon)
      .toContain(`You were mentioned in #${quiet}: Guest: @Nora, are you there?`);
    await context.close();
  });

  it('uses a phone with a thumb: the menu of a message, a reaction, a reply, the channels', async () => {
    const thumb = fixture.channel('thumb');
    const { page, context } = await fixture.enter(`/c/${thumb}`, { ...phone, ownChannels: true });
    await page.getByRole('button', { name: 'Choose a name' }).tap();
    await page.getByLabel('What should we call you?').fill('Tilda');
    await page.getByRole('button', { name: 'Save' }).tap();
    await fixture.say(thumb, ['hello Tilda']);
    const message = messageWith(page, 'hello Tilda');
    await message.getByRole('button', { name: 'More actions' }).tap();
    await page.getByRole('menuitem', { name: 'Add a reaction' }).tap();
    await page.getByRole('button', { name: '🎉' }).tap();
    await expect.poll(() => message.locator('.reaction').textContent(), soon).toBe('🎉 1');
    await message.getByRole('button', { name: 'More actions' }).tap();
    await page.getByRole('menuitem', { name: 'Reply' }).tap();
    await write(page, 'hello!');
    await messageWith(page, 'hello!').locator('.quoted', { hasText: 'hello Tilda' }).waitFor();
    await page.getByRole('button', { name: 'Channels' }).tap();
    await page.getByRole('dialog').getByRole('link', { name: thumb }).waitFor();
    await context.close();
  });

  async function enterAs(name: string, channel: string): Promise<Person> {
    const person = await fixture.enter(`/c/${channel}`, desk);
    await takeName(person.page, name);
    return person;
  }
});
