import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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
import { signInWith } from './stories/deeds.ts';
import { desk } from './stories/devices.ts';
import { JWT_SECRET, tokenOf } from './stories/token.ts';

/** Long enough to sign in and type on a busy machine, and short enough to wait for, s. */
const SHORT_S = 25;

describe.skipIf(!chromiumInstalled)(
  'a session that ends while the page is open',
  {
    timeout: TEST_WITHIN_MS,
  },
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await setStage({ AUTH: 'jwt', JWT_SECRET });
    }, START_WITHIN_MS);
    afterAll(() => stage?.close());

    const enter = async (path: string, seconds?: number) => {
      const person = await stage.enter(path, { ...desk, live: false });
      onTestFinished(() => person.context.close());
      await signInWith(person.page, tokenOf({ id: 'ada', name: 'Ada', ...(seconds && { seconds }) }));
      return person;
    };
    const field = (page: Page) => page.getByRole('textbox', { name: /^Message #/ });

    it('offers to sign in, in each tab, and who does finds what they were writing', async () => {
      const { page, context, faults } = await enter('/c/ends', SHORT_S);
      const other = await context.newPage();
      await other.goto(`${stage.server.url}/c/other`);
      await isLive(other);
      await field(other).fill('another half');
      await field(page).fill('half a thou');
      for (const tab of [page, other]) await tab.getByLabel('Your token').waitFor({ timeout: 90_000 });
      expect(await page.getByText('half a thou').count()).toBe(0);
      await signInWith(page, tokenOf({ id: 'ada', name: 'Ada' }));
      await expect.poll(() => field(page).inputValue(), soon).toBe('half a thou');
      await isLive(other);
      await expect.poll(() => field(other).inputValue(), soon).toBe('another half');
      await field(page).press('Enter');
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['half a thou']);
      expect(faults).toEqual([]);
    });

    it('shows nothing of it to who signs in as somebody else', async () => {
      const { page } = await enter('/c/others', SHORT_S);
      await field(page).fill('of Ada');
      await page.getByLabel('Your token').waitFor({ timeout: 90_000 });
      await signInWith(page, tokenOf({ id: 'bo', name: 'Bo' }));
      expect(await field(page).inputValue()).toBe('');
      await page.getByRole('button', { name: 'You are Bo. Your account' }).waitFor();
      expect(await field(page).inputValue()).toBe('');
    });

    it('keeps a message that the server knew no author of, and sends it when they are back', async () => {
      const { page, context } = await enter('/c/kept');
      await context.clearCookies();
      await write(page, 'written too late');
      await page.getByLabel('Your token').waitFor();
      await signInWith(page, tokenOf({ id: 'ada', name: 'Ada' }));
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['written too late']);
      await expect.poll(() => page.locator('.fate').count(), soon).toBe(0);
    });
  },
);
