import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { lentChromium } from '../servers/lent.ts';
import { openPage } from './browser.ts';
import { readCases } from './case.ts';
import { runSideBySide } from './side-by-side.ts';

/** Those of a lane wait for each other, a minute each at most. */
const WITHIN_MS = 300_000;

/** They share one page, which has to read each stream in time. */
const LANES = 4;

describe.runIf(chromiumInstalled)('@carillon/client in Chromium', () => {
  const cases = readCases();
  let browser: Browser;
  let ends: ReturnType<typeof runSideBySide>;
  beforeAll(async () => {
    browser = await lentChromium();
    const page = await openPage(browser);
    ends = runSideBySide(cases, page.subject, LANES);
  });
  afterAll(() => browser?.close());

  it.each(cases)('$title', { timeout: WITHIN_MS }, async (script) => {
    expect(await ends.get(script)).toEqual([]);
  });
});
