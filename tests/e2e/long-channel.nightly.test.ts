import { openHistory } from '@carillon/history';
import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import type { Standalone } from '../servers/standalone.ts';
import { shortest } from '../shortest.ts';
import { type Fixture, soon, TEST_WITHIN_MS, useOwnServerFixture } from './fixture.ts';
import { isOnScreen, shows } from './on-screen.ts';

const MESSAGES = 100_000;
const BATCH = 1_000;
/** Screens of rows that are drawn beside the one on screen, and rows of one line on a screen 720 high. */
const MOST_DRAWN = 150;
/** More than the page holds of a channel at once. */
const PASSED = 1_200;
/** What a flick passes where each message is of one line, twice. */
const MOST_PASSED = 300;
/** A channel that is held as a whole. */
const SHORT = 500;
/** With 300 pixels in each, some 1,200 messages: the page is full, and drops what it had. */
const FRAMES = 200;
const FRAME_PIXELS = 300;
/** What a long list may cost of a short one. It reads pages meanwhile; were the whole list drawn or walked, it would be hundreds. */
const MOST_TIMES = 3;
/** Each passes some 75 messages. */
const MAX_FLICKS = 60;
const desk = { viewport: { width: 1280, height: 720 } };

describe.skipIf(!chromiumInstalled)('a channel of 100,000 messages', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useOwnServerFixture(fill);

  it('is scrolled with a bounded number of rows and messages, up through its pages and back to the newest', async () => {
    const { page, context, faults } = await fixture.enter('/c/long', desk);
    await shows(page, MESSAGES);
    let most = 0;
    let seen = MESSAGES;
    for (let turn = 0; turn < MAX_FLICKS && seen > MESSAGES - PASSED; turn++) {
      const { drawn, first, oldest } = await page.evaluate(flick);
      most = Math.max(most, drawn);
      // Upwards it goes, nothing jumps back, and nothing runs away by itself.
      expect(first).toBeLessThanOrEqual(seen);
      expect(first).toBeGreaterThan(seen - MOST_PASSED);
      seen = first;
      expect(oldest).toBeGreaterThan(0);
    }
    expect(seen).toBeLessThanOrEqual(MESSAGES - PASSED);
    expect(most).toBeLessThan(MOST_DRAWN);
    expect(most).toBeGreaterThan(10);
    await page.getByRole('button', { name: 'Jump to the newest' }).click();
    await shows(page, MESSAGES);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is scrolled as smoothly as a short one: by what a frame costs, and by the longest', async () => {
    const short = await scrolled(fixture, '/c/short');
    let long = await scrolled(fixture, '/c/long');
    // The machine may hold up any frame, and a long one of this list comes each time.
    const limitMs = short.longest * MOST_TIMES + 250;
    const longest = await shortest(limitMs, async () => {
      const { longest } = long;
      if (longest >= limitMs) long = await scrolled(fixture, '/c/long');
      return longest;
    });
    const inWords = ({ cpu, longest, tasks }: Scrolled) =>
      `${cpu.toFixed(1)} ms of CPU a frame, the longest frame ${longest.toFixed(0)} ms, ${tasks} tasks over 50 ms`;
    console.log(`scrolling ${FRAMES} frames, of ${SHORT} messages: ${inWords(short)}`);
    console.log(`scrolling ${FRAMES} frames, of ${MESSAGES} messages: ${inWords(long)}`);
    expect(long.cpu).toBeLessThan(short.cpu * MOST_TIMES + 4);
    expect(longest).toBeLessThan(limitMs);
  });

  it('opens at the message that its address names, and marks it', async () => {
    const { page, context } = await fixture.enter('/c/long/50000', desk);
    await expect.poll(() => page.locator('.said.marked').getAttribute('data-seq'), soon).toBe('50000');
    await expect.poll(() => isOnScreen(page, 50_000), soon).toBe(true);
    expect(await page.locator('[data-seq]').count()).toBeLessThan(MOST_DRAWN);
    // Down from there the pages go on.
    for (let turn = 0; turn < 40; turn++)
      await page.evaluate(() => document.querySelector('.scroller')?.scrollBy(0, 400));
    await expect.poll(() => isOnScreen(page, 50_000), soon).toBe(false);
    // A new message does not move what is read; it is counted.
    await fixture.say('long', ['one more']);
    await page.getByRole('button', { name: '1 new message' }).click();
    await shows(page, MESSAGES + 1);
    expect(new URL(page.url()).pathname).toBe('/c/long');
    await page.goBack();
    await expect.poll(() => isOnScreen(page, 50_000), soon).toBe(true);
    await context.close();
  });

  it('says that there is no message at an address, and shows the newest', async () => {
    const { page, context } = await fixture.enter('/c/long/999999', desk);
    await page.getByText('Message 999999 does not exist').waitFor();
    await expect.poll(() => page.locator('[data-seq]').count(), soon).toBeGreaterThan(5);
    await context.close();
  });

  it('goes to the first message of a day', async () => {
    const { page, context } = await fixture.enter('/c/long', desk);
    await page.getByRole('button', { name: 'Go to a date' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Go', exact: true }).click();
    await expect.poll(() => page.locator('.said.marked').getAttribute('data-seq'), soon).toBe('1');
    await expect.poll(() => isOnScreen(page, 1), soon).toBe(true);
    await context.close();
  });

  it('leads to a day though the list moves, with its end on screen, while that is read', async () => {
    const { page, context } = await fixture.enter('/c/long', desk);
    await shows(page, MESSAGES);
    let asks = () => {};
    const asked = new Promise<void>((resolve) => {
      asks = resolve;
    });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/\/v1\/channels\/long\/messages\?.*limit=100$/, async (route) => {
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
    await expect.poll(() => isOnScreen(page, 1), soon).toBe(true);
    await context.close();
  });

  it('stays where somebody went before the newest messages were here', async () => {
    const { page, context } = await fixture.enter('/c/elsewhere', desk);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/\/v1\/channels\/long\/messages\?limit=60$/, async (route) => {
      await released;
      await route.continue();
    });
    await page.goto(new URL('/c/long', page.url()).href);
    await page.getByRole('button', { name: 'Go to a date' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Go', exact: true }).click();
    await expect.poll(() => isOnScreen(page, 1), soon).toBe(true);
    const late = page.waitForResponse(/\/messages\?limit=60$/);
    release();
    await late;
    // Time for it to be drawn.
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 500))),
    );
    expect(await isOnScreen(page, 1)).toBe(true);
    await context.close();
  });
});

/** Straight into the store: by HTTP it takes minutes. */
async function fill(dataDir: string): Promise<void> {
  const history = await openHistory(`sqlite:${encodeURI(dataDir)}`);
  for (let first = 1; first <= MESSAGES; first += BATCH)
    await history.append(
      Array.from({ length: BATCH }, (_, index) => ({
        channel: 'long',
        author: { id: `p${(first + index) % 7}`, name: `Person ${(first + index) % 7}` },
        // Of one line, and of several.
        body: `m${first + index}${(first + index) % 9 === 0 ? ' and more'.repeat(60) : ''}`,
      })),
    );
  await history.append(
    Array.from({ length: SHORT }, (_, index) => ({
      channel: 'short',
      author: { id: `p${index % 7}`, name: `Person ${index % 7}` },
      body: `m${index}${index % 9 === 0 ? ' and more'.repeat(60) : ''}`,
    })),
  );
  await history.close();
}

/** What it takes to scroll a channel. */
interface Scrolled {
  /** Of the page's main thread for a frame, ms: whoever else uses the machine is not in it. */
  cpu: number;
  /** Between two frames, ms: with whoever else uses the machine. */
  longest: number;
  /** Of more than 50 ms. */
  tasks: number;
}

async function scrolled(fixture: Fixture<Standalone>, path: string): Promise<Scrolled> {
  const { page, context } = await fixture.enter(path, desk);
  await expect.poll(() => page.locator('[data-seq]').count(), soon).toBeGreaterThan(5);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
  };
  const before = await busy();
  const { longest, tasks } = await page.evaluate(scrollUpAndDown, { frames: FRAMES, by: FRAME_PIXELS });
  const cpu = ((await busy()) - before) / FRAMES;
  await context.close();
  expect(cpu).toBeGreaterThan(0);
  return { cpu, longest, tasks };
}

/** In the page: scrolls with each frame, up from the newest, and down and up again where the list is at its end. */
async function scrollUpAndDown({
  frames,
  by,
}: {
  frames: number;
  by: number;
}): Promise<Omit<Scrolled, 'cpu'>> {
  const scroller = document.querySelector('.scroller');
  if (scroller === null) throw new Error('no list');
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  let tasks = 0;
  const observer = new PerformanceObserver((list) => {
    tasks += list.getEntries().length;
  });
  observer.observe({ type: 'longtask' });
  let longest = 0;
  let direction = -1;
  let last = await frame();
  for (let turn = 0; turn < frames; turn++) {
    const before = scroller.scrollTop;
    scroller.scrollTop += direction * by;
    if (scroller.scrollTop === before) direction = -direction;
    const now = await frame();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await frame();
  tasks += observer.takeRecords().length;
  observer.disconnect();
  return { longest, tasks };
}

/** In the page: a flick of a finger upwards, then what is on screen. */
async function flick(): Promise<{ drawn: number; first: number; oldest: number }> {
  const scroller = document.querySelector('.scroller');
  if (scroller === null) throw new Error('no list');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const rows = () => [...scroller.querySelectorAll<HTMLElement>('[data-seq]')];
  const seqOf = (row: HTMLElement | undefined) => Number(row?.dataset.seq);
  let drawn = 0;
  for (let step = 0; step < 3; step++) {
    scroller.scrollTop -= 1_500;
    await frame();
    drawn = Math.max(drawn, rows().length);
  }
  // At the top of what is held the next page comes in.
  for (let turn = 0; turn < 600 && scroller.scrollTop < 300 && seqOf(rows()[0]) > 1; turn++) await frame();
  const { top } = scroller.getBoundingClientRect();
  const onScreen = rows().find((row) => row.getBoundingClientRect().bottom > top);
  return { drawn, first: seqOf(onScreen), oldest: seqOf(rows()[0]) };
}
