import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { type CountedStreams, countStreams } from './counted-streams.ts';
import { START_WITHIN_MS, soon, TEST_WITHIN_MS, useFixture } from './fixture.ts';
import { openTab, takeOver } from './take-over.ts';

/** What Chromium opens to one server over HTTP/1.1. */
const CONNECTIONS = 6;

describe.skipIf(!chromiumInstalled)('the tabs of a browser', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();
  let counted: CountedStreams;
  beforeAll(async () => {
    counted = await countStreams(fixture.server.port);
  }, START_WITHIN_MS);
  afterAll(async () => {
    await counted?.close();
  });

  it('each with a stream of its own would be six: the seventh is not even shown', async () => {
    const wall = fixture.channel('wall');
    const { page, context } = await fixture.enter(`/c/${wall}`, { port: counted.port });
    const address = `http://127.0.0.1:${counted.port}/c/${wall}`;
    await page.close();
    // As in a browser without Web Locks.
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'));
    for (let tab = 0; tab < CONNECTIONS; tab++) await openTab(context, address);
    await expect.poll(() => counted.open, soon).toBe(CONNECTIONS);
    const seventh = await context.newPage();
    await expect(seventh.goto(address, { timeout: 5_000 })).rejects.toThrow(/Timeout/);
    await context.close();
  });

  it.each([
    ['crashes', (page: Page) => page.goto('chrome://crash').catch(() => undefined)],
    ['is frozen', freeze],
  ] as const)('go on where they were when the one with the stream %s', (how, end) =>
    takeOver(fixture, how.replaceAll(' ', '-'), end),
  );
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
