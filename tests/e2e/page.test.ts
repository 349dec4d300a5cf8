import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { isLive, soon, TEST_WITHIN_MS, texts, useFixture, write } from './fixture.ts';

const desk = { viewport: { width: 1280, height: 800 } };

describe.skipIf(!chromiumInstalled)('the page', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  it('asks gently for a name, keeps it over a reload, and changes it', async () => {
    const { page, context, faults } = await fixture.enter(`/c/${fixture.channel('names')}`, desk);
    await write(page, 'as a guest');
    await page.locator('.said .author', { hasText: 'Guest' }).waitFor();
    await page.getByRole('button', { name: 'Choose a name' }).click();
    await page.getByLabel('What should we call you?').fill('Ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'You are Ada. Change your name' }).waitFor();
    await page.reload();
    await isLive(page);
    await write(page, 'as Ada');
    await expect
      .poll(() => page.locator('.said[data-seq] .author').allTextContents(), soon)
      .toEqual(['Guest', 'Ada']);
    await page.getByRole('button', { name: 'You are Ada. Change your name' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your name' });
    await dialog.getByRole('textbox').fill('  ');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Type the name that others will see.').waitFor();
    await dialog.getByRole('textbox').fill('Countess');
    await dialog.getByRole('textbox').press('Enter');
    await page.getByRole('button', { name: 'You are Countess. Change your name' }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is used by keyboard alone, and shows where the focus is', async () => {
    const elsewhere = fixture.channel('elsewhere');
    const { page, context } = await fixture.enter(`/c/${fixture.channel('keys')}`, {
      ...desk,
      ownChannels: true,
    });
    await tabTo(page, 'Skip to the message field', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('first');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['first\nsecond line']);
    await tabTo(page, 'Find or go to a channel', 'Shift+Tab');
    await page.keyboard.type('#no spaces');
    await page.keyboard.press('Enter');
    await page.getByText('A name can only have the letters a to z').waitFor();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(`#${elsewhere.toUpperCase()}`);
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname, soon).toBe(`/c/${elsewhere}`);
    await isLive(page);
    await page.keyboard.type('here too');
    await page.keyboard.press('Enter');
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['here too']);
    await tabTo(page, 'message 1', 'Shift+Tab');
    await page.goBack();
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['first\nsecond line']);
    await context.close();
  });

  it('shows markup in a message as text, and makes links that are safe', async () => {
    const { page, context, faults } = await fixture.enter(`/c/${fixture.channel('markup')}`, desk);
    const nasty =
      '<script>window.hurt = 1</script><img src=x onerror="window.hurt = 1"> see https://example.org/a.';
    await write(page, nasty);
    await expect.poll(() => texts(page, 'stored'), soon).toEqual([nasty]);
    expect(await page.locator('.said img, .said script').count()).toBe(0);
    expect(await page.evaluate(() => 'hurt' in window)).toBe(false);
    const link = page.locator('.said a');
    expect(await link.getAttribute('href')).toBe('https://example.org/a');
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await link.getAttribute('rel')).toContain('nofollow');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says before sending that a message is too long, and why an address is no channel', async () => {
    const { page, context } = await fixture.enter(`/c/${fixture.channel('limits')}`, desk);
    await write(page, 'x'.repeat(70_000));
    await page.getByText('Too long: a message can have up to 64 KiB.').waitFor();
    await write(page, 'short');
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['short']);
    await page.evaluate(() => {
      history.pushState(null, '', '/c/No%20Channel');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    await page.getByText('is not a valid channel name').waitFor();
    await page.getByRole('button', { name: 'Go to #lobby' }).click();
    await isLive(page);
    await context.close();
  });

  it('fetches its dialogs before one is opened, so that they open offline; where it could not, it says so and tries again', async () => {
    const path = `/c/${fixture.channel('dialogs')}`;
    const { page, context, goOffline, comeBack } = await fixture.enter(path, { ...desk, proxied: true });
    const fetched = () =>
      performance.getEntriesByType('resource').some(({ name }) => /dialogs-.*js$/.test(name));
    await expect.poll(() => page.evaluate(fetched), soon).toBe(true);
    await goOffline();
    await page.getByRole('button', { name: 'New channel' }).click();
    await page.getByRole('dialog', { name: 'New channel' }).waitFor();
    await comeBack();
    const script = '**/dialogs-*.js';
    await page.route(script, (route) => route.abort());
    await page.reload();
    await isLive(page);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('.toast', { hasText: 'This could not be loaded.' }).waitFor();
    await page.unroute(script);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('dialog', { name: 'Search' }).waitFor();
    await context.close();
  });

  it('says that a message was refused, and lets it be discarded or sent again', async () => {
    const { page, context } = await fixture.enter(`/c/${fixture.channel('refused')}`, desk);
    await page.route('**/messages', (route) => route.fulfill({ status: 404, body: 'no' }));
    await write(page, 'one');
    await write(page, 'two');
    await expect.poll(() => page.getByText('Not sent.').count(), soon).toBe(2);
    await page.getByRole('button', { name: 'Discard' }).first().click();
    await page.unroute('**/messages');
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['two']);
    expect(await texts(page)).toEqual(['two']);
    await context.close();
  });

  it('says who is here, by the name one takes', async () => {
    const ada = await fixture.enter(`/c/${fixture.channel('company')}`, desk);
    await isLive(ada.page);
    await ada.page.getByRole('button', { name: 'Choose a name' }).click();
    await ada.page.getByLabel('What should we call you?').fill('Ada');
    await ada.page.getByRole('button', { name: 'Save' }).click();
    const guest = await fixture.enter(`/c/${fixture.channel('company')}`, desk);
    for (const { page } of [ada, guest]) await page.getByText('Ada and 1 guest').waitFor();
    await guest.context.close();
    await ada.page.locator('.here-names', { hasText: /^Ada$/ }).waitFor();
    expect(ada.faults).toEqual([]);
    await ada.context.close();
  });
});

/** What has the focus: its text or name, and whether that is seen. */
function focused(page: Page): Promise<{ text: string; outlined: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const { seq } = element.dataset;
    const named = (element as HTMLInputElement).labels?.[0]?.textContent ?? element.ariaLabel;
    const label = seq === undefined ? named : `message ${seq}`;
    const { outlineStyle } = getComputedStyle(element);
    return { text: (label ?? element.textContent ?? '').trim(), outlined: outlineStyle !== 'none' };
  });
}

/** More than there is on a page that lists a hundred channels of other suites. */
const MAX_PRESSES = 300;

/** Presses Tab, or Shift+Tab, until the named thing has the focus. */
async function tabTo(page: Page, name: string, key: 'Tab' | 'Shift+Tab'): Promise<void> {
  for (let press = 0; press < MAX_PRESSES; press++) {
    await page.keyboard.press(key);
    const { text, outlined } = await focused(page);
    if (text === name) {
      expect(outlined).toBe(true);
      return;
    }
  }
  throw new Error(`${name} cannot be reached with ${key}`);
}
