import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { isLive, soon, TEST_WITHIN_MS, texts, useFixture, write } from './fixture.ts';
import { messageWith, takeName } from './stories/steps.ts';

describe.skipIf(!chromiumInstalled)('what is not sent yet', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  const stored = async (channel: string) => {
    const answer = await fetch(`${fixture.server.url}/v1/channels/${channel}/messages`);
    return ((await answer.json()) as { messages: { body: string }[] }).messages.map(({ body }) => body);
  };

  it('offline is sent once and in order by the page that is opened after that one was closed', async () => {
    const train = fixture.channel('train');
    const { page, context, goOffline, comeBack } = await fixture.enter(`/c/${train}`, { proxied: true });
    const address = page.url();
    await goOffline();
    for (const body of ['one', 'two', 'three']) await write(page, body);
    await expect.poll(() => texts(page), soon).toEqual(['one', 'two', 'three']);
    await page.getByText('Will be sent once the connection is back').first().waitFor();
    await page.close();
    await comeBack();
    const again = await context.newPage();
    await again.goto(address);
    await isLive(again);
    await expect.poll(() => texts(again, 'stored'), soon).toEqual(['one', 'two', 'three']);
    expect(await stored(train)).toEqual(['one', 'two', 'three']);
    await context.close();
  });

  it('is sent once and in order after a reload, though its first answers were lost', async () => {
    const lost = fixture.channel('lost');
    const { page, context } = await fixture.enter(`/c/${lost}`);
    // The server stores it, and nobody hears of that.
    await context.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      await route.fetch().catch(() => undefined);
      await route.abort();
    });
    for (const body of ['one', 'two', 'three']) await write(page, body);
    await expect.poll(() => stored(lost), soon).toContain('one');
    // What is on its way is lost before the page goes.
    await context.unrouteAll({ behavior: 'wait' });
    await page.reload();
    await isLive(page);
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['one', 'two', 'three']);
    await expect.poll(() => texts(page), soon).toHaveLength(3);
    expect(await stored(lost)).toEqual(['one', 'two', 'three']);
    await context.close();
  });

  it('and was refused is still said after a reload, and sent again by hand', async () => {
    const refused = fixture.channel('refused-kept');
    const { page, context } = await fixture.enter(`/c/${refused}`);
    const refusal = { status: 403, contentType: 'application/problem+json', body: '{"code":"forbidden"}' };
    await context.route('**/messages', (route) =>
      route.request().method() === 'POST' ? route.fulfill(refusal) : route.fallback(),
    );
    await write(page, 'not now');
    await page.getByText('Not sent.').waitFor();
    await context.unroute('**/messages');
    await page.reload();
    await isLive(page);
    await page.getByText('Not sent.').waitFor();
    expect(await stored(refused)).toEqual([]);
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['not now']);
    await context.close();
  });

  it('nor finished stays in the field of its channel over a reload', async () => {
    const [one, other] = [fixture.channel('draft-a'), fixture.channel('draft-b')];
    const { page, context } = await fixture.enter(`/c/${one}`);
    const field = page.getByRole('textbox', { name: /^Message #/ });
    await field.fill('half a thou');
    await page.evaluate((path) => {
      history.pushState(null, '', path);
      dispatchEvent(new PopStateEvent('popstate'));
    }, `/c/${other}`);
    await expect.poll(() => field.inputValue(), soon).toBe('');
    await field.fill('of another');
    await page.goto(`${fixture.server.url}/c/${one}`);
    await expect.poll(() => field.inputValue(), soon).toBe('half a thou');
    await field.press('Enter');
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['half a thou']);
    await page.reload();
    expect(await field.inputValue()).toBe('');
    await page.goto(`${fixture.server.url}/c/${other}`);
    await expect.poll(() => field.inputValue(), soon).toBe('of another');
    await context.close();
  });

  it('of an edit is nothing once the edit is stored, though its answer was lost by a reload', async () => {
    const lost = fixture.channel('lost-edit');
    const { page, context } = await fixture.enter(`/c/${lost}`);
    onTestFinished(() => context.close());
    await takeName(page, 'Ed');
    await write(page, 'as it was');
    await messageWith(page, 'as it was').waitFor();
    // The server stores it. The page hears neither the answer nor the event before it is loaded again.
    await context.route('**/messages/1', async (route) => {
      if (route.request().method() !== 'PATCH') return route.fallback();
      await route.fetch();
    });
    await page.getByRole('textbox', { name: `Message #${lost}` }).press('ArrowUp');
    const form = page.getByLabel('Edit message');
    await form.fill('as it is to be');
    await form.press('Enter');
    await expect.poll(() => stored(lost), soon).toEqual(['as it is to be']);
    await page.reload();
    await isLive(page);
    await messageWith(page, 'as it is to be').getByText('(edited)').waitFor();
    expect(await form.count()).toBe(0);
    await page.reload();
    await messageWith(page, 'as it is to be').waitFor();
    expect(await form.count()).toBe(0);
  });

  it('of an edit is in its form with the reason, over a reload too, and a reaction is said to be refused', async () => {
    const edits = fixture.channel('edits');
    const { page, context, faults } = await fixture.enter(`/c/${edits}`);
    onTestFinished(() => context.close());
    await takeName(page, 'Ed');
    await write(page, 'as it was');
    const row = messageWith(page, 'as it was');
    await row.waitFor();
    await page.getByRole('textbox', { name: `Message #${edits}` }).press('ArrowUp');
    const form = page.getByLabel('Edit message');
    await form.fill('as it is to be');
    await context.setOffline(true);
    await page.locator('.banner', { hasText: 'You cannot edit or react' }).waitFor();
    await form.press('Enter');
    await page
      .locator('.edit-form .fault', { hasText: 'cannot be reached. Your edit is not saved.' })
      .waitFor();
    expect(await form.inputValue()).toBe('as it is to be');

    await context.setOffline(false);
    await page.reload();
    await page.locator('.edit-form .fault', { hasText: 'not saved yet' }).waitFor();
    expect(await form.inputValue()).toBe('as it is to be');
    expect(await stored(edits)).toEqual(['as it was']);
    await form.press('Enter');
    await messageWith(page, 'as it is to be').getByText('(edited)').waitFor();
    await expect.poll(() => stored(edits), soon).toEqual(['as it is to be']);
    await page.reload();
    await isLive(page);
    await messageWith(page, 'as it is to be').waitFor();
    expect(await form.count()).toBe(0);

    await context.setOffline(true);
    await page.locator('.banner', { hasText: 'offline' }).waitFor();
    await messageWith(page, 'as it is to be').press('+');
    await page.getByRole('dialog').getByRole('button', { name: '👍' }).click();
    await page.locator('.toast', { hasText: 'The server cannot be reached' }).waitFor();
    expect(await page.locator('.reaction').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});
