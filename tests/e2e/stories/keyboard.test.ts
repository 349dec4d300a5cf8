import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { soon, texts, useFixture } from '../fixture.ts';
import { desk } from './devices.ts';
import { messageWith } from './steps.ts';

describe.skipIf(!chromiumInstalled)('someone with the keyboard only', () => {
  const fixture = useFixture();

  it('takes a name, writes, changes, answers, reacts, deletes, searches, makes a channel, goes to and fro, and always sees where', async () => {
    const [keys, aside] = [fixture.channel('keys'), fixture.channel('aside')];
    const { page, context, faults } = await fixture.enter(`/c/${keys}`, { ...desk, ownChannels: true });
    const press = (key: string) => page.keyboard.press(key);
    const type = (text: string) => page.keyboard.type(text);

    await tabTo(page, 'Choose a name');
    await press('Enter');
    await focusIs(page, 'What should we call you?');
    await type('Kim');
    await press('Enter');
    await page.getByRole('button', { name: 'You are Kim. Change your name' }).waitFor();
    await focusIs(page, `Message #${keys}`);

    for (const text of ['one', 'two', 'three']) {
      await type(text);
      await press('Enter');
    }
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['one', 'two', 'three']);
    await press('ArrowUp');
    await focusIs(page, 'Edit message');
    await type(', changed');
    await press('Enter');
    await messageWith(page, 'three, changed').getByText('(edited)').waitFor();
    await focusIs(page, `Message #${keys}`);
    await press('ArrowUp');
    await type(' not kept');
    await press('Escape');
    await focusIs(page, `Message #${keys}`);
    expect(await texts(page, 'stored')).toEqual(['one', 'two', 'three, changed']);

    await tabTo(page, 'message 3', 'Shift+Tab');
    await press('ArrowUp');
    await focusIs(page, 'message 2');
    await press('Home');
    await focusIs(page, 'message 1');
    await press('ArrowUp');
    await focusIs(page, 'message 1');
    await press('Enter');
    await focusIs(page, 'Reply');
    await press('End');
    await focusIs(page, 'Delete');
    await press('ArrowDown');
    await focusIs(page, 'Reply');
    await press('Escape');
    await focusIs(page, 'message 1');
    await press('r');
    await focusIs(page, `Message #${keys}`);
    await type('an answer');
    await press('Enter');
    await messageWith(page, 'an answer').locator('.quoted', { hasText: 'one' }).waitFor();

    await tabTo(page, 'message 1', 'Shift+Tab');
    await press('+');
    await press('ArrowRight');
    await press('Enter');
    await page.locator('[data-seq="1"]').getByRole('button', { name: '👎, 1 person' }).waitFor();
    await focusIs(page, 'message 1');
    await press('ArrowDown');
    await press('Delete');
    await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
    await tabTo(page, 'Delete');
    await press('Enter');
    await page.locator('.tombstone').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await tabTo(page, 'Search', 'Shift+Tab');
    await press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focusIs(page, 'Search');
    await press('/');
    await page.getByRole('dialog', { name: 'Search' }).waitFor();
    await focusIs(page, 'Search messages');
    await type('three');
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await press('Escape');
    await focusIs(page, `Message #${keys}`);

    await tabTo(page, 'New channel', 'Shift+Tab');
    await press('Enter');
    await focusIs(page, 'Name');
    await type(aside.toUpperCase());
    await press('Enter');
    await goesTo(page, aside);
    await type('here too');
    await press('Enter');
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['here too']);
    for (const name of [aside, keys]) await page.getByRole('link', { name }).waitFor();
    await press('Alt+ArrowDown');
    await goesTo(page, keys);
    await press('Alt+ArrowUp');
    await goesTo(page, aside);
    expect(faults).toEqual([]);
    await context.close();
  }, 300_000);

  it('gets one list after another, however quickly the keys follow each other', async () => {
    const { page, context } = await fixture.enter(`/c/${fixture.channel('quick')}`, desk);
    await page.getByRole('button', { name: 'Search' }).focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    // In one turn: the browser has not told yet that the first one was closed.
    await page.evaluate(() => {
      document.querySelector('dialog')?.close();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));
    });
    await page.getByRole('dialog', { name: 'Search' }).waitFor();
    await focusIs(page, 'Search messages');
    await context.close();
  });
});

/** Waits until the page is in this channel, ready to write there. */
async function goesTo(page: Page, channel: string): Promise<void> {
  await page.getByRole('heading', { name: `#${channel}`, level: 1 }).waitFor();
  await focusIs(page, `Message #${channel}`);
}

interface Focused {
  text: string;
  seen: boolean;
}

/** What has the focus: its name, and whether that is to be seen: by an outline of its own or of what it stands in. */
function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    // The browser's own controls come between the last thing of the page and its first.
    if (element === document.body) return { text: '', seen: false };
    const { seq } = element.dataset;
    const named = (element as HTMLInputElement).labels?.[0]?.textContent ?? element.ariaLabel;
    const own = element.querySelector('.item-name')?.textContent ?? element.textContent;
    const { outlineStyle } = getComputedStyle(element);
    const ring = getComputedStyle(element.closest('.composer') ?? element).boxShadow;
    return {
      text: (seq === undefined ? (named ?? own ?? '') : `message ${seq}`).trim(),
      seen: outlineStyle !== 'none' || ring !== 'none',
    };
  });
}

async function focusIs(page: Page, text: string): Promise<void> {
  await expect.poll(() => focused(page), soon).toEqual({ text, seen: true });
}

/** More than there is on a page that lists a hundred channels of other suites. */
const MAX_PRESSES = 300;

/** Presses Tab, or Shift+Tab, until the named thing has the focus; each on the way is to be seen. */
async function tabTo(page: Page, text: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let press = 0; press < MAX_PRESSES; press++) {
    await page.keyboard.press(key);
    const now = await focused(page);
    passed.push(now.text);
    if (now.text !== '' && !now.seen) throw new Error(`${now.text} has the focus, and nothing shows it`);
    if (now.text === text) return;
  }
  throw new Error(`${text} cannot be reached with ${key}: ${passed.join(', ')}`);
}
