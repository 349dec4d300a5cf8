import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { type CountedStreams, countStreams } from './counted-streams.ts';
import {
  type EnterOptions,
  START_WITHIN_MS,
  soon,
  TEST_WITHIN_MS,
  texts,
  useFixture,
  write,
} from './fixture.ts';
import { openTab, takeOver } from './take-over.ts';

/** More than the connections that a browser opens to one server over HTTP/1.1: six. */
const TABS = process.env.TESTS === 'all' ? 12 : 7;
/** After this long a tab that nobody sees lets its stream go. */
const UNSEEN_MS = 10_000;
/** As many of them have a stream at once as leave connections for the page itself. */
const AT_ONCE = 4;

describe.skipIf(!chromiumInstalled)('the tabs of a browser', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();
  let counted: CountedStreams;
  beforeAll(async () => {
    counted = await countStreams(fixture.server.port);
  }, START_WITHIN_MS);
  afterAll(async () => {
    await counted?.close();
  });

  /** A browser with one tab, whose streams alone are counted. */
  const enter = (channel: string, options: EnterOptions = {}) =>
    fixture.enter(`/c/${channel}`, { port: counted.port, ...options });
  const open = (context: BrowserContext, channel: string) =>
    openTab(context, `http://127.0.0.1:${counted.port}/c/${channel}`);
  const streams = () => counted.open;

  it('are many on one stream: each has what is posted in its channel, and each can post', async () => {
    const [dozen, others] = [fixture.channel('dozen'), fixture.channel('others')];
    const { page: first, context, faults } = await enter(dozen);
    const tabs = [first];
    for (let tab = 1; tab < TABS; tab++) tabs.push(await open(context, tab % 3 === 0 ? others : dozen));
    await expect.poll(streams, soon).toBe(1);
    await fixture.say(dozen, ['to all']);
    await fixture.say(others, ['to some']);
    const isOther = (tab: number) => tab > 0 && tab % 3 === 0;
    for (const [tab, page] of tabs.entries())
      await expect.poll(() => texts(page, 'stored'), soon).toEqual([isOther(tab) ? 'to some' : 'to all']);
    for (const [tab, page] of tabs.entries()) await write(page, `from ${tab}`);
    for (const [tab, page] of tabs.entries()) {
      const expected = tabs.flatMap((_, from) => (isOther(from) === isOther(tab) ? [`from ${from}`] : []));
      await expect
        .poll(async () => (await texts(page, 'stored')).slice(1).toSorted(), soon)
        .toEqual(expected.toSorted());
    }
    await expect.poll(streams, soon).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('without Web Locks are many too: those that nobody sees let their streams go, and take them up again', async () => {
    const plain = fixture.channel('plain');
    const { page, context } = await enter(plain, { ownClock: true });
    await page.close();
    await context.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, 'locks');
      let hidden = false;
      Object.defineProperty(document, 'hidden', { get: () => hidden });
      // No browser without a window hides a page; it says so instead.
      Object.assign(window, {
        see(seen: boolean) {
          hidden = !seen;
          document.dispatchEvent(new Event('visibilitychange'));
        },
      });
    });
    const see = (tab: Page, seen: boolean) =>
      tab.evaluate((is) => (window as unknown as { see(seen: boolean): void }).see(is), seen);
    const tabs: Page[] = [];
    for (let tab = 0; tab < TABS; tab++) {
      if (tab >= AT_ONCE) await expect.poll(streams, soon).toBeLessThan(AT_ONCE);
      tabs.push(await open(context, plain));
      if (tab === TABS - 1) continue;
      await see(tabs[tab] as Page, false);
      await context.clock.fastForward(UNSEEN_MS);
    }
    await expect.poll(streams, soon).toBe(1);
    await fixture.say(plain, ['said meanwhile']);
    await expect.poll(() => texts(tabs.at(-1) as Page, 'stored'), soon).toEqual(['said meanwhile']);
    const first = tabs[0] as Page;
    expect(await texts(first, 'stored')).toEqual([]);
    await see(first, true);
    await expect.poll(() => texts(first, 'stored'), soon).toEqual(['said meanwhile']);
    await expect.poll(streams, soon).toBe(2);
    await context.close();
  });

  it('go on at once when the one with the stream is put aside, and it comes back among them', async () => {
    const aside = fixture.channel('aside');
    const { page: leader, context, faults } = await enter(aside);
    const other = await open(context, aside);
    const move = (type: 'pagehide' | 'pageshow') =>
      leader.evaluate((name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);
    await expect.poll(streams, soon).toBe(1);
    await move('pagehide');
    await fixture.say(aside, ['one']);
    await expect.poll(() => texts(other, 'stored'), soon).toEqual(['one']);
    await expect.poll(streams, soon).toBe(1);
    expect(await texts(leader, 'stored')).toEqual([]);
    await move('pageshow');
    await expect.poll(() => texts(leader, 'stored'), soon).toEqual(['one']);
    await fixture.say(aside, ['two']);
    for (const page of [leader, other])
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['one', 'two']);
    await expect.poll(streams, soon).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('go on where they were when the one with the stream is closed', () =>
    takeOver(fixture, 'closed', (page) => page.close()));

  it('have another name together', async () => {
    const names = fixture.channel('names');
    const { page, context } = await enter(names);
    const other = await open(context, names);
    await page.getByRole('button', { name: 'Choose a name' }).click();
    await page.getByLabel('What should we call you?').fill('Ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await other.getByRole('button', { name: /Ada/ }).first().waitFor();
    await write(other, 'as Ada');
    await expect.poll(() => page.locator('.said[data-seq] .author').allTextContents(), soon).toEqual(['Ada']);
    await context.close();
  });
});
