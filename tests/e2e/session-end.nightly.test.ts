import type { BrowserContext, Page } from 'playwright';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { soon, TEST_WITHIN_MS, texts, useFixture, write } from './fixture.ts';
import { offersToSignIn, showsNothingToOthers } from './session-end.ts';
import { desk } from './stories/devices.ts';
import { signInWith } from './stories/steps.ts';
import { tokenOf } from './stories/token.ts';

describe.skipIf(!chromiumInstalled)(
  'a session that ends while the page is open',
  {
    timeout: TEST_WITHIN_MS,
  },
  () => {
    const fixture = useFixture('guarded');

    const enter = async (channel: string) => {
      const person = await fixture.enter(`/c/${fixture.channel(channel)}`, { ...desk, live: false });
      onTestFinished(() => person.context.close());
      await signInWith(person.page, tokenOf({ id: 'ada', name: 'Ada' }));
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

    // What expires by itself is in session-expiry.nightly.test.ts.
    it('by a sign-out elsewhere offers to sign in, in each tab, and who does finds what they were writing', () =>
      offersToSignIn(fixture, { end: signOut }));

    it('by a sign-out elsewhere shows nothing of it to who signs in as somebody else', () =>
      showsNothingToOthers(fixture, { end: signOut }));

    it.each([
      ['', 'typed early'],
      ['left before', 'left before\ntyped early'],
    ])(
      'keeps what is typed before the server has said who types with them (they left "%s")',
      async (left, both) => {
        const { page, context } = await enter(left === '' ? 'early' : 'early-left');
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
      const { page, context } = await enter('kept');
      await context.clearCookies();
      await write(page, 'written too late');
      await page.getByLabel('Your token').waitFor();
      await signInWith(page, tokenOf({ id: 'ada', name: 'Ada' }));
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['written too late']);
      await expect.poll(() => page.locator('.send-state').count(), soon).toBe(0);
    });
  },
);

/** Somebody who has the cookie too ends the session. */
async function signOut(context: BrowserContext, url: string): Promise<void> {
  const answer = await context.request.delete(`${url}/v1/session`, { headers: { Origin: url } });
  expect(answer.status()).toBe(200);
}
