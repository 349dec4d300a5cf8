import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import {
  isLive,
  START_WITHIN_MS,
  type Stage,
  setStage,
  soon,
  TEST_WITHIN_MS,
  texts,
  write,
} from './stage.ts';

const TABS = 12;
/** What Chromium opens to one server over HTTP/1.1. */
const CONNECTIONS = 6;

describe.skipIf(!chromiumInstalled)('the tabs of a browser', { timeout: TEST_WITHIN_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  }, START_WITHIN_MS);
  afterAll(() => stage?.close());

  const open = async (context: BrowserContext, path: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(stage.server.url + path);
    await isLive(page);
    return page;
  };
  const streams = async () => {
    const answer = await fetch(`http://127.0.0.1:${stage.server.adminPort}/metrics`);
    return Number(/^carillon_streams_open(?:\{.*\})? (\d+)$/m.exec(await answer.text())?.[1]);
  };

  it('are a dozen on one stream: each has what is posted in its channel, and each can post', async () => {
    const { page: first, context, faults } = await stage.enter('/c/dozen');
    const tabs = [first];
    for (let tab = 1; tab < TABS; tab++)
      tabs.push(await open(context, tab % 3 === 0 ? '/c/other' : '/c/dozen'));
    await expect.poll(streams, soon).toBe(1);
    await stage.say('dozen', ['to all']);
    await stage.say('other', ['to some']);
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

  it('each with a stream of its own would be six: the seventh is not even shown', async () => {
    const { page, context } = await stage.enter('/c/wall');
    await page.close();
    // As in a browser without Web Locks.
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'));
    for (let tab = 0; tab < CONNECTIONS; tab++) await open(context, '/c/wall');
    await expect.poll(streams, soon).toBe(CONNECTIONS);
    const seventh = await context.newPage();
    await expect(seventh.goto(`${stage.server.url}/c/wall`, { timeout: 5_000 })).rejects.toThrow(/Timeout/);
    await context.close();
  });

  it('without Web Locks are a dozen too: those that nobody sees let their streams go, and take them up again', async () => {
    const { page, context } = await stage.enter('/c/plain');
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
      // Four at once, so that there are connections for the page itself.
      if (tab >= 4) await expect.poll(streams, soon).toBeLessThan(4);
      tabs.push(await open(context, '/c/plain'));
      if (tab < TABS - 1) await see(tabs[tab] as Page, false);
    }
    await expect.poll(streams, soon).toBe(1);
    await stage.say('plain', ['said meanwhile']);
    await expect.poll(() => texts(tabs.at(-1) as Page, 'stored'), soon).toEqual(['said meanwhile']);
    const first = tabs[0] as Page;
    expect(await texts(first, 'stored')).toEqual([]);
    await see(first, true);
    await expect.poll(() => texts(first, 'stored'), soon).toEqual(['said meanwhile']);
    await expect.poll(streams, soon).toBe(2);
    await context.close();
  });

  it('go on at once when the one with the stream is put aside, and it comes back among them', async () => {
    const { page: leader, context, faults } = await stage.enter('/c/aside');
    const other = await open(context, '/c/aside');
    const move = (type: 'pagehide' | 'pageshow') =>
      leader.evaluate((name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);
    await expect.poll(streams, soon).toBe(1);
    await move('pagehide');
    await stage.say('aside', ['one']);
    await expect.poll(() => texts(other, 'stored'), soon).toEqual(['one']);
    await expect.poll(streams, soon).toBe(1);
    expect(await texts(leader, 'stored')).toEqual([]);
    await move('pageshow');
    await expect.poll(() => texts(leader, 'stored'), soon).toEqual(['one']);
    await stage.say('aside', ['two']);
    for (const page of [leader, other])
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['one', 'two']);
    await expect.poll(streams, soon).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['is closed', (page: Page) => page.close()],
    ['crashes', (page: Page) => page.goto('chrome://crash').catch(() => undefined)],
    ['is frozen', freeze],
  ] as const)('go on where they were when the one with the stream %s', async (how, end) => {
    const channel = `takeover-${how.replaceAll(' ', '-')}`;
    const { page: leader, context } = await stage.enter(`/c/${channel}`);
    const others = [await open(context, `/c/${channel}`), await open(context, `/c/${channel}`)];
    await stage.say(channel, ['m1', 'm2']);
    for (const page of [leader, ...others])
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['m1', 'm2']);
    await end(leader);
    const all = ['m1', 'm2'];
    for (let count = 3; count <= 12; count++) {
      await stage.say(channel, [`m${count}`]);
      all.push(`m${count}`);
    }
    for (const page of others) await expect.poll(() => texts(page, 'stored'), soon).toEqual(all);
    await write(others[0] as Page, 'mine');
    for (const page of others) await expect.poll(() => texts(page, 'stored'), soon).toEqual([...all, 'mine']);
    await context.close();
  });

  it('have another name together', async () => {
    const { page, context } = await stage.enter('/c/names');
    const other = await open(context, '/c/names');
    await page.getByRole('button', { name: 'Choose a name' }).click();
    await page.getByLabel('What should we call you?').fill('Ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await other.getByRole('button', { name: /Ada/ }).first().waitFor();
    await write(other, 'as Ada');
    await expect.poll(() => page.locator('.said[data-seq] .author').allTextContents(), soon).toEqual(['Ada']);
    await context.close();
  });
});

/** Nothing runs in it any more, and it keeps what it holds. */
async function freeze(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Debugger.enable');
  const paused = new Promise<void>((resolve) => session.once('Debugger.paused', () => resolve()));
  await session.send('Debugger.pause');
  // It halts at the next statement: at the next of its timers.
  await paused;
}
