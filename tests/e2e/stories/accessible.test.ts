import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { TEST_WITHIN_MS, useFixture } from '../fixture.ts';
import { faultsIn } from './accessibility.ts';
import { desk, phone } from './devices.ts';
import { messageWith } from './steps.ts';

// Every other state of the page is looked at each night: states.nightly.test.ts and moderator-states.nightly.test.ts.
describe.skipIf(!chromiumInstalled)('what is seen most', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();
  const guarded = useFixture('guarded');

  it('has nothing that axe finds: a channel with its messages, and the menu of one', async () => {
    const channel = fixture.channel('seen');
    await fixture.say(channel, [
      'A **list**:\n- one\n\n> and a quote, `code` and https://example.org/',
      'Ask @Axel or write to ada@example.org',
    ]);
    const { page, context } = await fixture.enter(`/c/${channel}`, phone);
    await messageWith(page, 'Ask @Axel').waitFor();
    expect(await faultsIn(page, 'reading', 'seen-reading')).toEqual([]);
    await messageWith(page, 'Ask @Axel').press('Enter');
    await page.getByRole('menu').waitFor();
    expect(await faultsIn(page, 'menu', 'seen-menu')).toEqual([]);
    await context.close();
  });

  it('has nothing that axe finds where a provider signs people in', async () => {
    const { page, context } = await guarded.enter(`/c/${guarded.channel('door')}`, { ...desk, live: false });
    await page.route('**/v1/session', async (route) => {
      const answer = await route.fetch();
      const session = (await answer.json()) as object;
      const auth = { mode: 'oidc', signIn: '/v1/auth/login' };
      await route.fulfill({ response: answer, json: { ...session, auth } });
    });
    await page.reload();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await faultsIn(page, 'sign-in by provider', 'sign-in-provider')).toEqual([]);
    await context.close();
  });
});
