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
    /** The texts of the drafts that the browser keeps, by whose they are. */
    const draftsIn = (page: Page) =>
      page.evaluate(() =>
        Object.fromEntries(
          Object.entries<string>(localStorage)
            .filter(([key]) => key.startsWith('carillon.draft/'))
            .map(([key, text]) => [key.split('/')[1], (JSON.parse(text) as { text: string }).text]),
        ),
      );
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

    it.each([
      ['', 'typed early'],
      ['left before', 'left before\ntyped early'],
    ])(
      'keeps what is typed before the server has said who types with them (they left "%s")',
      async (left, both) => {
        const { page, context } = await enter('/c/early');
        await field(page).fill(left);
        // The browser does not know who was here; and the server says it late.
        await expect.poll(() => draftsIn(page), soon).toEqual(left === '' ? {} : { ada: left });
        await page.evaluate(() => localStorage.removeItem('carillon.person'));
        let answer = () => {};
        const held = new Promise<void>((resolve) => {
          answer = resolve;
        });
        await context.route('**/v1/session', async (route) => {
          await held;
          await route.fallback();
        });
        await page.reload();
        await field(page).fill('typed early');
        await expect.poll(() => draftsIn(page), soon).toMatchObject({ guest: 'typed early' });
        answer();
        await page.getByRole('button', { name: 'You are Ada. Your account' }).waitFor();
        await expect.poll(() => draftsIn(page), soon).toEqual({ ada: both });
        expect(await field(page).inputValue()).toBe(both);
      },
    );

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
