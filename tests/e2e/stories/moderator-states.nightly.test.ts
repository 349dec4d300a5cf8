import { Carillon } from '@carillon/client';
import type { Page } from 'playwright';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { START_WITHIN_MS, useFixture, write } from '../fixture.ts';
import { faultsIn } from './accessibility.ts';
import { desk, phone } from './devices.ts';
import { messageWith, searchFor, signInWith } from './steps.ts';
import { tokenOf } from './token.ts';

const WITHIN_MS = 300_000;

describe.skipIf(!chromiumInstalled)('every state of who signs in and moderates', () => {
  const fixture = useFixture('guarded');
  const mo = { id: 'mo', name: 'Mo', moderate: ['*'] };
  const tro = { id: 'tro', name: 'Tro' };

  beforeAll(async () => {
    const owner = new Carillon({ url: fixture.server.url, token: tokenOf(mo) });
    for (const size of ['phone', 'desk']) {
      const channel = fixture.channel(`guarded-${size}`);
      await owner.createChannel(channel, { topic: 'Ours', visibility: 'private', members: [tro] });
      const troll = new Carillon({ url: fixture.server.url, token: tokenOf(tro) });
      const { seq } = await troll.post(channel, 'something **rude**');
      await troll.edit(channel, seq, `something nice, and a ${fixture.word(`zebra${size}`)}`);
      await owner.react(channel, seq, '🙈');
    }
  }, START_WITHIN_MS);

  it.each([
    ['phone', phone],
    ['desk', desk],
  ] as const)(
    'has nothing that axe finds, on a %s, in light and in dark',
    {
      timeout: WITHIN_MS,
    },
    async (size, device) => {
      const path = `/c/${fixture.channel(`guarded-${size}`)}`;
      const { page, context, faults } = await fixture.enter(path, { ...device, live: false });
      const found: string[] = [];
      const look = async (state: string, of: Page = page) => {
        const picture = `moderator-${size}-${state.replaceAll(/\W+/g, '-')}`;
        found.push(...(await faultsIn(of, state, picture)));
      };
      const inDialog = async (state: string) => {
        await page.getByRole('dialog').waitFor();
        await look(state);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      };
      const menu = async () => {
        await messageWith(page, 'something nice').press('Enter');
        await page.getByRole('menu').waitFor();
      };
      const inMenu = async (action: string) => {
        await menu();
        await page.getByRole('menuitem', { name: action }).click();
        await inDialog(action);
      };

      await page.getByLabel('Your token').waitFor();
      await look('sign-in');
      await page.getByLabel('Your token').fill('no token');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('The token was not accepted').waitFor();
      await look('sign-in refused');
      await signInWith(page, tokenOf(mo));
      await messageWith(page, 'something nice').waitFor();
      await look('reading');

      await menu();
      await look('menu');
      await page.keyboard.press('Escape');
      for (const action of ['Edit history', 'Delete', 'Mute', 'Ban']) await inMenu(action);
      await page.getByRole('button', { name: 'Channel settings' }).click();
      await page.getByRole('dialog').locator('.members li', { hasText: 'Tro' }).waitFor();
      await inDialog('settings and members');
      await page.getByRole('button', { name: 'Search' }).click();
      await searchFor(page, fixture.word(`zebra${size}`));
      await inDialog('results');
      if (size === 'phone') await page.getByRole('button', { name: 'Channels' }).click();
      await page.getByRole('button', { name: /^You are/ }).click();
      await inDialog('account');

      const troll = await fixture.enter(path, { ...device, live: false });
      await signInWith(troll.page, tokenOf(tro));
      await messageWith(page, 'something nice').press('Enter');
      await page.getByRole('menuitem', { name: 'Mute' }).click();
      await page.getByLabel('Reason').fill('be kind');
      await page.getByRole('button', { name: 'Mute', exact: true }).click();
      await page.getByText('Tro is muted.').waitFor();
      await look('told that somebody is muted');
      await write(troll.page, 'may I?');
      await troll.page.locator('.send-state.failed').waitFor();
      await look('muted', troll.page);
      await messageWith(page, 'something nice').press('Enter');
      await page.getByRole('menuitem', { name: 'Ban' }).click();
      await page.getByRole('button', { name: 'Ban', exact: true }).click();
      await troll.page.getByRole('alert').getByText('You are banned').waitFor();
      await look('banned', troll.page);
      await page.getByRole('button', { name: 'Channel settings' }).click();
      await page.getByLabel('Archived').check();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('This channel is archived.').waitFor();
      await look('archived');
      await page.evaluate(() => {
        history.pushState(null, '', '/c/No%20Channel');
        dispatchEvent(new PopStateEvent('popstate'));
      });
      await page.getByText('is not a valid channel name').waitFor();
      await look('no such channel');
      expect(found).toEqual([]);
      expect([...faults, ...troll.faults]).toEqual([]);
      await Promise.all([context.close(), troll.context.close()]);
    },
  );
});
