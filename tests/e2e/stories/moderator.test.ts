import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { type Person, soon, texts, useFixture, write } from '../fixture.ts';
import { desk } from './devices.ts';
import { screenshot } from './screenshot.ts';
import { choose, messageWith, signInWith } from './steps.ts';
import { tokenOf } from './token.ts';

describe.skipIf(!chromiumInstalled)('a moderator', () => {
  const fixture = useFixture('guarded');

  it('signs in with a token, and out again', async () => {
    const { page, context } = await fixture.enter(`/c/${fixture.channel('door')}`, { ...desk, live: false });
    await page.getByLabel('Your token').fill('no token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The token was not accepted').waitFor();
    await screenshot(page, 'moderator-sign-in');
    await signInWith(page, tokenOf({ id: 'mo', name: 'Mo', moderate: ['*'] }));
    await page.getByRole('button', { name: 'You are Mo. Your account' }).click();
    await page.getByRole('dialog', { name: 'You' }).getByText('Signed in until').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Your token').waitFor();
    await context.close();
  }, 360_000);

  it('deletes, mutes and bans, and the page of who is banned says it', async () => {
    const kind = fixture.channel('kind');
    const mo = await enterAs(tokenOf({ id: 'mo', name: 'Mo', moderate: [kind] }), kind);
    const tro = await enterAs(tokenOf({ id: 'tro', name: 'Tro' }), kind);
    await write(tro.page, 'something *rude*');
    await write(tro.page, 'something else');
    await messageWith(mo.page, 'something else').waitFor();
    expect(await actions(tro.page, 'something else')).not.toContain('Ban');

    await choose(mo.page, messageWith(mo.page, 'something rude'), 'Delete');
    const asked = mo.page.getByRole('dialog', { name: 'Delete this message?' });
    await asked.getByRole('button', { name: 'Delete' }).click();
    for (const { page } of [mo, tro]) {
      await page.locator('.tombstone', { hasText: 'This message was deleted.' }).waitFor();
      expect(await texts(page, 'stored')).toEqual(['something else']);
    }

    await choose(mo.page, messageWith(mo.page, 'something else'), 'Mute');
    const mute = mo.page.getByRole('dialog', { name: 'Mute Tro' });
    await mute.getByLabel('Duration').selectOption('10 minutes');
    await mute.getByLabel('Reason').fill('be kind');
    await screenshot(mo.page, 'moderator-mute');
    await mute.getByRole('button', { name: 'Mute', exact: true }).click();
    await mo.page.getByText('Tro is muted.').waitFor();
    await write(tro.page, 'may I?');
    await tro.page.locator('.send-state.failed', { hasText: 'You are muted here' }).waitFor();
    await tro.page.getByRole('button', { name: 'Discard' }).click();

    await choose(mo.page, messageWith(mo.page, 'something else'), 'Ban');
    const ban = mo.page.getByRole('dialog', { name: 'Ban Tro' });
    await ban.getByLabel('Reason').fill('not kind');
    await ban.getByRole('button', { name: 'Ban', exact: true }).click();
    await mo.page.getByText('Tro is banned.').waitFor();
    await tro.page.getByRole('alert').getByText('You are banned').waitFor();
    await screenshot(tro.page, 'moderator-banned');
    await write(mo.page, 'Quiet now.');
    await expect.poll(() => texts(mo.page, 'stored'), soon).toEqual(['something else', 'Quiet now.']);
    expect(await texts(tro.page)).not.toContain('Quiet now.');
    expect([...mo.faults, ...tro.faults]).toEqual([]);
    await Promise.all([mo.context.close(), tro.context.close()]);
  }, 360_000);

  it('pins a message for everybody, and takes it off again', async () => {
    const rules = fixture.channel('rules');
    const mo = await enterAs(tokenOf({ id: 'mo', name: 'Mo', moderate: [rules] }), rules);
    const ann = await enterAs(tokenOf({ id: 'ann', name: 'Ann' }), rules);
    await write(mo.page, 'be *kind*');
    await messageWith(ann.page, 'be kind').waitFor();
    expect(await actions(ann.page, 'be kind')).not.toContain('Pin');
    await choose(mo.page, messageWith(mo.page, 'be kind'), 'Pin');
    for (const { page } of [mo, ann]) {
      await page.getByRole('button', { name: '1 pinned message' }).click();
      const pinned = page.getByRole('dialog', { name: 'Pinned messages' });
      await pinned.getByText('Pinned by Mo').waitFor();
      expect(await pinned.locator('em').textContent()).toBe('kind');
      await screenshot(page, 'moderator-pinned');
    }
    await mo.page.getByRole('button', { name: 'Unpin' }).click();
    await ann.page.getByText('Nothing is pinned here.').waitFor();
    await ann.page
      .getByRole('dialog', { name: 'Pinned messages' })
      .getByRole('button', { name: 'Close' })
      .click();
    await expect.poll(() => ann.page.getByRole('button', { name: /pinned message/ }).count(), soon).toBe(0);
    expect([...mo.faults, ...ann.faults]).toEqual([]);
    await Promise.all([mo.context.close(), ann.context.close()]);
  }, 360_000);

  it('archives a channel, and nobody writes there any more', async () => {
    const old = fixture.channel('old');
    const mo = await enterAs(tokenOf({ id: 'mo', name: 'Mo', moderate: ['*'] }), old);
    const ann = await enterAs(tokenOf({ id: 'ann', name: 'Ann' }), old);
    await write(mo.page, 'the last word');
    await messageWith(ann.page, 'the last word').waitFor();
    await mo.page.getByRole('button', { name: 'Channel settings' }).click();
    await mo.page.getByLabel('Archived').check();
    await mo.page.getByRole('button', { name: 'Save' }).click();
    for (const { page } of [mo, ann]) await page.getByText('This channel is archived.').waitFor();
    await screenshot(ann.page, 'moderator-archived');
    // What became of the channel is in its log, for who comes later too.
    await ann.page.reload();
    await ann.page.locator('.line.change', { hasText: 'Mo archived the channel' }).waitFor();
    expect(await texts(ann.page, 'stored')).toEqual(['the last word']);
    await Promise.all([mo.context.close(), ann.context.close()]);
  }, 360_000);

  async function enterAs(token: string, channel: string): Promise<Person> {
    const person = await fixture.enter(`/c/${channel}`, { ...desk, live: false });
    await signInWith(person.page, token);
    return person;
  }
});

async function actions(page: Page, text: string): Promise<string[]> {
  const message = messageWith(page, text);
  await message.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  const names = await page.locator('[role=menuitem] .item-name').allTextContents();
  await page.keyboard.press('Escape');
  return names;
}
