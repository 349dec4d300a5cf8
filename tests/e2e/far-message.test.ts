import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { START_WITHIN_MS, soon, TEST_WITHIN_MS, useFixture } from './fixture.ts';
import { isOnScreen, shows } from './on-screen.ts';

/** Several pages of them, and more than is drawn at once. */
const MESSAGES = 300;
const LANES = 10;
const NAMED = 150;
/** A screen, and what is drawn beside it. */
const MOST_DRAWN = 150;
const desk = { viewport: { width: 1280, height: 720 } };

describe.skipIf(!chromiumInstalled)('a message far from the newest', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();
  let long: string;
  beforeAll(async () => {
    long = fixture.channel('long');
    // At once: what stands where does not matter.
    const lane = Array.from({ length: MESSAGES / LANES }, (_, index) => `m${index}`);
    await Promise.all(Array.from({ length: LANES }, () => fixture.say(long, lane)));
  }, START_WITHIN_MS);

  it('is where the page opens whose address names it, and is marked', async () => {
    const { page, context } = await fixture.enter(`/c/${long}/${NAMED}`, desk);
    await expect.poll(() => page.locator('.said.marked').getAttribute('data-seq'), soon).toBe(String(NAMED));
    await shows(page, NAMED);
    expect(await page.locator('[data-seq]').count()).toBeLessThan(MOST_DRAWN);
    // Down from there the pages go on.
    for (let turn = 0; turn < 5; turn++)
      await page.evaluate(() => document.querySelector('.scroller')?.scrollBy(0, 400));
    await expect.poll(() => isOnScreen(page, NAMED), soon).toBe(false);
    // A new message does not move what is read; it is counted.
    await fixture.say(long, ['one more']);
    await page.getByRole('button', { name: '1 new message' }).click();
    await page.getByText('one more', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/c/${long}`);
    await page.goBack();
    await shows(page, NAMED);
    await context.close();
  });

  it('that is not there is said to be missing, and the newest are shown', async () => {
    const { page, context } = await fixture.enter(`/c/${long}/999999`, desk);
    await page.getByText('Message 999999 does not exist').waitFor();
    await expect.poll(() => page.locator('[data-seq]').count(), soon).toBeGreaterThan(5);
    await context.close();
  });

  it('is led to by its day, though the list moves, with its end on screen, while that is read', async () => {
    const { page, context } = await fixture.enter(`/c/${long}`, desk);
    await shows(page, MESSAGES);
    const [asked, asks] = signal();
    const [released, release] = signal();
    await page.route(/\/messages\?.*limit=100$/, async (route) => {
      asks();
      await released;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Go to a date' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Go', exact: true }).click();
    await asked;
    await page.evaluate(() => document.querySelector('.scroller')?.dispatchEvent(new Event('scroll')));
    release();
    await expect.poll(() => page.locator('.said.marked').getAttribute('data-seq'), soon).toBe('1');
    await shows(page, 1);
    await context.close();
  });

  it('stays on screen where somebody went there before the newest messages were here', async () => {
    const { page, context } = await fixture.enter(`/c/${fixture.channel('elsewhere')}`, desk);
    const [released, release] = signal();
    await page.route(/\/messages\?limit=60$/, async (route) => {
      await released;
      await route.continue();
    });
    await page.goto(new URL(`/c/${long}`, page.url()).href);
    await page.getByRole('button', { name: 'Go to a date' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Go', exact: true }).click();
    await shows(page, 1);
    const late = page.waitForResponse(/\/messages\?limit=60$/);
    release();
    await (await late).finished();
    // What comes after it is drawn after it.
    await fixture.say(long, ['the last of all']);
    await page.getByRole('button', { name: /new message/ }).waitFor();
    expect(await isOnScreen(page, 1)).toBe(true);
    await context.close();
  });
});

function signal(): [happened: Promise<void>, happen: () => void] {
  let happen = () => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return [happened, happen];
}
