import { Carillon } from '@carillon/client';
import type { Locator, Page } from 'playwright';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import {
  type EnterOptions,
  isLive,
  type Person,
  START_WITHIN_MS,
  soon,
  useFixture,
  write,
} from './fixture.ts';
import { desk } from './stories/devices.ts';
import { choose, searchFor, signInWith } from './stories/steps.ts';
import { tokenOf } from './stories/token.ts';

/** Each part would set `hurt`, were it taken for HTML: in an element, in an attribute, or as an address. */
const NASTY = `"'><img src=x onerror=hurt=1><script>hurt=1</script><svg/onload=hurt=1>`;
/** The same in as many characters as a name may have. */
const NAME = `"'><img src=x onerror=hurt=1>`;
const ID = `tro${NAME}`;
const WITHIN_MS = 240_000;

describe.skipIf(!chromiumInstalled)('a script in any field that is shown', { timeout: WITHIN_MS }, () => {
  const fixture = useFixture('guarded');
  let mo: Carillon;
  let tro: Carillon;
  let channel: string;
  let treasure: string;
  let first: number;
  let answer: number;
  const moToken = tokenOf({ id: 'mo', name: `Mo${NAME}`, moderate: ['*'] });
  const troToken = tokenOf({ id: ID, name: `Tro${NAME}` });

  beforeAll(async () => {
    [channel, treasure] = [fixture.channel('fields'), fixture.word('treasure')];
    mo = new Carillon({ url: fixture.server.url, token: moToken });
    tro = new Carillon({ url: fixture.server.url, token: troToken });
    const members = [{ id: ID, name: `Tro${NAME}` }];
    await mo.createChannel(channel, { topic: `topic ${NASTY}`, visibility: 'private', members });
    ({ seq: first } = await tro.post(channel, `first ${NASTY}`));
    await tro.edit(channel, first, `${treasure} ${NASTY}`);
    ({ seq: answer } = await tro.post(channel, `answer ${NASTY}`, { replyTo: first }));
    await tro.react(channel, first, '👍');
  }, START_WITHIN_MS);

  /** Until the test is over, however it ends: a page that stays open reads what others are to find unread. */
  const enter = async (path: string, options: EnterOptions = {}): Promise<Person> => {
    const person = await fixture.enter(path, { ...desk, live: false, ownChannels: true, ...options });
    onTestFinished(() => person.context.close());
    return person;
  };
  const enterAs = async (token: string, options?: EnterOptions): Promise<Person> => {
    const person = await enter(`/c/${channel}`, options);
    await signInWith(person.page, token);
    return person;
  };

  it('would be refused by the page’s policy, which says so: that is what the other tests listen to', async () => {
    const { page, faults } = await enterAs(moToken);
    const got = await page.request.get(page.url(), { headers: { accept: 'text/html' } });
    const policy = got.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self';/);
    expect(policy).not.toMatch(/unsafe|\*/);
    await page.evaluate((html) => {
      document.body.insertAdjacentHTML('beforeend', html);
    }, NASTY);
    await expect.poll(() => faults.length, soon).toBeGreaterThan(0);
    expect(await isHurt(page)).toBe(false);
    expect(await strangersIn(page)).not.toEqual([]);
  });

  it('is text in topics, names, messages, quotes, lists, menus, dialogs, results and notices', async () => {
    const { page, faults } = await enterAs(moToken);
    const harmless = (where: Locator, text: string) => isText(page, where, text);
    await harmless(page.locator('.topic'), `topic ${NASTY}`);
    await harmless(page.locator('.said .author').first(), `Tro${NAME}`);
    await harmless(message(page, first).locator('.text'), `${treasure} ${NASTY}`);
    await harmless(message(page, answer).locator('.quoted-text'), `Tro${NAME} ${treasure} ${NASTY}`);
    await harmless(page.locator('.side .last', { hasText: 'answer' }), `Tro${NAME}: answer`);
    await harmless(page.locator('.side .me-name'), `Mo${NAME}`);
    await mo.updateChannel(channel, { topic: `other ${NASTY}` });
    await harmless(page.locator('.line.change').last(), `other ${NASTY}`);
    expect(await message(page, first).locator('.reaction').getAttribute('title')).toBe(`Tro${NAME}`);

    await tro.typing(channel);
    await harmless(page.locator('.typing'), `Tro${NAME} is typing…`);
    await page.getByRole('button', { name: /^Here:/ }).click();
    await harmless(page.getByRole('dialog').locator('.people'), `Mo${NAME}`);
    await page.keyboard.press('Escape');

    await choose(page, message(page, first), 'Edit history');
    await harmless(page.locator('.revisions').getByText('first'), `first ${NASTY}`);
    await page.keyboard.press('Escape');
    await choose(page, message(page, first), 'Delete');
    await harmless(page.getByRole('dialog').locator('blockquote'), `${treasure} ${NASTY}`);
    await page.keyboard.press('Escape');
    await choose(page, message(page, first), 'Reply');
    await harmless(page.locator('.replying'), `Tro${NAME} ${treasure} ${NASTY}`);
    await page.getByRole('button', { name: 'Cancel reply' }).click();

    await page.getByRole('button', { name: 'Search' }).click();
    await searchFor(page, treasure);
    await harmless(page.locator('.results'), `Tro${NAME}`);
    await harmless(page.locator('.results .excerpt'), 'onerror=hurt=1');
    await page.getByRole('searchbox').fill(`nothing ${NASTY}`);
    await page.getByRole('searchbox').press('Enter');
    await harmless(page.getByRole('dialog').getByRole('status'), `nothing ${NASTY}`);
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Channel settings' }).click();
    await harmless(page.getByRole('dialog').locator('.members li', { hasText: ID }), `Tro${NAME}`);
    await page.keyboard.press('Escape');
    await page.getByLabel('Find or go to a channel').fill(NASTY);
    await harmless(page.locator('.side .hint'), NASTY.toLowerCase());
    await page.getByLabel('Find or go to a channel').fill('');
    await page.getByRole('button', { name: 'You are Mo' }).click();
    await harmless(page.getByRole('dialog').locator('.who'), `Mo${NAME}`);
    await page.keyboard.press('Escape');
    await page.evaluate((name) => {
      history.pushState(null, '', `/c/${encodeURIComponent(name)}`);
      dispatchEvent(new PopStateEvent('popstate'));
    }, NASTY);
    await harmless(page.locator('.empty .name'), NASTY);
    expect(faults).toEqual([]);
  });

  it('is text in the reasons of mutes and bans, for who gives and for who gets them', async () => {
    const giver = await enterAs(moToken);
    const getter = await enterAs(troToken);
    await choose(giver.page, message(giver.page, first), 'Mute');
    await giver.page.getByLabel('Reason').fill(`mute ${NASTY}`);
    await isText(giver.page, giver.page.getByRole('dialog').locator('h2'), `Mute Tro${NAME}`);
    await giver.page.getByRole('button', { name: 'Mute', exact: true }).click();
    await isText(giver.page, giver.page.locator('.toast'), `Tro${NAME} is muted.`);
    await write(getter.page, `mine ${NASTY}`);
    await isText(getter.page, getter.page.locator('.send-state.failed'), `mute ${NASTY}`);

    await choose(giver.page, message(giver.page, first), 'Ban');
    await giver.page.getByLabel('Reason').fill(`ban ${NASTY}`);
    await giver.page.getByRole('button', { name: 'Ban', exact: true }).click();
    await isText(getter.page, getter.page.getByRole('alert'), `ban ${NASTY}`);
    await mo.unban(channel, ID);
    await mo.unmute(channel, ID);
    expect([...giver.faults, ...getter.faults]).toEqual([]);
  });

  it('is text in what the browser keeps: drafts, and what was refused', async () => {
    const { page, faults } = await enterAs(moToken);
    const field = page.getByRole('textbox', { name: /^Message #/ });
    await field.fill(`draft ${NASTY}`);
    await page.evaluate(
      ([channel, nasty]) => {
        const letter = {
          channel,
          key: 'k',
          body: `kept ${nasty}`,
          author: { id: 'mo', name: nasty },
        };
        const rest = { sentAt: '2026-01-05T12:00:00.000Z', tab: 'gone', failure: `failed ${nasty}` };
        localStorage.setItem(
          'carillon.out/mo/2026-01-05T12:00:00.000Z k',
          JSON.stringify({ ...letter, ...rest }),
        );
      },
      [channel, NASTY] as const,
    );
    await page.reload();
    await isLive(page);
    await expect.poll(() => field.inputValue(), soon).toBe(`draft ${NASTY}`);
    await isText(page, page.locator('.send-state.failed'), `failed ${NASTY}`);
    await isText(page, page.locator('.said', { has: page.locator('.send-state') }).locator('.author'), NASTY);
    expect(faults).toEqual([]);
  });

  it('is no emoji, and would be text if a server took it for one', async () => {
    await expect(tro.react(channel, first, NASTY)).rejects.toMatchObject({ code: 'invalid' });
    const { page, faults } = await enter(`/c/${channel}`);
    await page.route(`**/v1/channels/${channel}/messages?*`, async (route) => {
      const response = await route.fetch();
      const read = (await response.json()) as { messages: object[] };
      const reactions = [{ emoji: NASTY, count: 1, people: [{ id: 'x', name: NASTY }] }];
      const messages = read.messages.map((message) => ({ ...message, reactions }));
      await route.fulfill({ response, json: { ...read, messages } });
    });
    await signInWith(page, moToken);
    await isText(page, page.locator('.reaction').first(), NASTY);
    expect(await page.locator('.reaction').first().getAttribute('title')).toBe(NASTY);
    expect(faults).toEqual([]);
  });

  it('is given to a notification as the text that it is', async () => {
    const { page, faults } = await enterAs(moToken, { ownClock: true });
    await page.evaluate(() => {
      const shown: string[] = [];
      Object.assign(window, {
        shown,
        Notification: class {
          static permission = 'granted';
          constructor(title: string, { body }: { body: string }) {
            shown.push(`${title}: ${body}`);
          }
          close() {}
        },
      });
      localStorage.setItem('carillon.notify', 'on');
      Object.defineProperty(document, 'hidden', { get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await tro.post(channel, `notice ${NASTY}`);
    // The list of channels is read every 20 s.
    await page.clock.fastForward(21_000);
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { shown: string[] }).shown), soon)
      .toContain(`New message in #${channel}: Tro${NAME}: notice ${NASTY}`);
    expect(await strangersIn(page)).toEqual([]);
    expect(await isHurt(page)).toBe(false);
    expect(faults).toEqual([]);
  });
});

function message(page: Page, seq: number): Locator {
  return page.locator(`.said[data-seq="${seq}"]`);
}

/** The text is there as it was written, and nothing in the page was made of it. */
async function isText(page: Page, where: Locator, text: string): Promise<void> {
  await expect.poll(async () => (await where.textContent())?.includes(text), soon).toBe(true);
  expect(await strangersIn(page)).toEqual([]);
  expect(await isHurt(page)).toBe(false);
}

function isHurt(page: Page): Promise<boolean> {
  return page.evaluate(() => 'hurt' in window);
}

/** Elements and attributes that the page itself never makes. */
function strangersIn(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.body.querySelectorAll('*')].flatMap((element) => [
      ...(element.matches('script, img, iframe, object, embed, style, link, base, meta, video, audio, math')
        ? [element.tagName]
        : []),
      ...element.getAttributeNames().filter((name) => /^(?:on|src)/.test(name)),
    ]),
  );
}
