import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { allTexts, isLive, soon, TEST_WITHIN_MS, texts, useFixture, write } from './fixture.ts';

/** Of which the page reads 60 at a time. */
const OLDER = 150;

const numbered = (count: number, name = 'm') =>
  Array.from({ length: count }, (_, index) => `${name}${index + 1}`);

describe.skipIf(!chromiumInstalled)('in the browser, delivery', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  it('two people talk, and each sees what both said once', async () => {
    const talk = fixture.channel('talk');
    const ada = await fixture.enter(`/c/${talk}`);
    const bo = await fixture.enter(`/c/${talk}`);
    await write(ada.page, 'hello Bo');
    await expect.poll(() => texts(bo.page), soon).toEqual(['hello Bo']);
    await write(bo.page, 'hello Ada');
    await write(bo.page, 'how are you?');
    await write(ada.page, 'fine');
    const all = ['hello Bo', 'hello Ada', 'how are you?', 'fine'];
    for (const { page } of [ada, bo]) {
      await expect.poll(async () => (await texts(page, 'stored')).toSorted(), soon).toEqual(all.toSorted());
      expect(await texts(page)).toHaveLength(4);
    }
    expect(await texts(ada.page)).toEqual(await texts(bo.page));
    expect([...ada.faults, ...bo.faults]).toEqual([]);
    await Promise.all([ada.context.close(), bo.context.close()]);
  });

  it('many messages sent in a row keep their order', async () => {
    const { page, context } = await fixture.enter(`/c/${fixture.channel('row')}`);
    for (const body of numbered(12)) await write(page, body);
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(numbered(12));
    await context.close();
  });

  it('who was offline has what was missed exactly once, in order', async () => {
    const away = fixture.channel('away');
    const { page, context, goOffline, comeBack } = await fixture.enter(`/c/${away}`, { proxied: true });
    await fixture.say(away, ['before']);
    await expect.poll(() => texts(page), soon).toEqual(['before']);
    await goOffline();
    await page.getByText('Reconnecting…').waitFor();
    await fixture.say(away, numbered(150));
    await write(page, 'mine');
    await expect.poll(async () => (await texts(page)).at(-1), soon).toBe('mine');
    expect(await texts(page, 'stored')).toEqual(['before']);
    await comeBack();
    await expect.poll(async () => (await texts(page, 'stored')).at(-1), soon).toBe('mine');
    await isLive(page);
    expect(await allTexts(page)).toEqual(['before', ...numbered(150), 'mine']);
    await page.evaluate(() => document.querySelector('.scroller')?.scrollTo(0, 1e9));
    await fixture.say(away, ['after']);
    await expect.poll(async () => (await texts(page)).slice(-2), soon).toEqual(['mine', 'after']);
    await context.close();
  });

  it('edits, deletions, reactions and replies arrive as they happen, and are there for who comes later', async () => {
    const changing = fixture.channel('changing');
    const ada = await fixture.enter(`/c/${changing}`);
    const as = async (method: string, path: string, json?: unknown) => {
      const answer = await ada.context.request.fetch(`${fixture.server.url}/v1${path}`, {
        method,
        ...(json === undefined ? {} : { data: json }),
      });
      expect(answer.status()).toBeLessThan(300);
    };
    const messages = `/channels/${changing}/messages`;
    await as('POST', '/session', { name: 'Ada' });
    for (const body of ['first', 'second', 'third']) await as('POST', messages, { body });
    await as('POST', messages, { body: 'an answer', replyTo: 2 });
    const bo = await fixture.enter(`/c/${changing}`);
    for (const { page } of [ada, bo])
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['first', 'second', 'third', 'an answer']);
    await as('PATCH', `${messages}/1`, { body: 'first, better' });
    await as('PUT', `${messages}/1/reactions/${encodeURIComponent('🎉')}`);
    await as('PUT', `${messages}/2/reactions/${encodeURIComponent('👍')}`);
    await as('DELETE', `${messages}/2/reactions/${encodeURIComponent('👍')}`);
    await as('DELETE', `${messages}/3`);
    const later = await fixture.enter(`/c/${changing}`);
    for (const { page } of [ada, bo, later]) {
      await expect.poll(() => texts(page, 'stored'), soon).toEqual(['first, better', 'second', 'an answer']);
      await expect.poll(() => page.locator('[data-seq="1"]').textContent(), soon).toContain('🎉');
      expect(await page.locator('[data-seq="1"]').textContent()).toContain('edited');
      expect(await page.locator('[data-seq="2"]').textContent()).not.toContain('👍');
      await page.locator('[data-seq="3"]').getByText('This message was deleted.').waitFor();
      expect(await page.locator('[data-seq="4"]').textContent()).toContain('second');
    }
    expect([...ada.faults, ...bo.faults]).toEqual([]);
    for (const { context } of [ada, bo, later]) await context.close();
  });

  it('older messages are read on the way up, and what is on screen stays where it is', async () => {
    const long = fixture.channel('long');
    await fixture.say(long, numbered(OLDER));
    const { page, context } = await fixture.enter(`/c/${long}`);
    await expect.poll(async () => (await texts(page)).at(-1), soon).toBe(`m${OLDER}`);
    let top = OLDER;
    for (let turn = 0; top > 1 && turn < 100; turn++) {
      const { seq, moved } = await page.evaluate(scrollUp);
      expect(Math.abs(moved)).toBeLessThan(3);
      top = seq;
    }
    expect(top).toBe(1);
    expect(await allTexts(page)).toEqual(numbered(OLDER));
    await fixture.say(long, ['new one', 'new two']);
    const button = page.getByRole('button', { name: '2 new messages' });
    await button.click();
    await expect.poll(() => page.getByText('new two', { exact: true }).isVisible(), soon).toBe(true);
    await button.waitFor({ state: 'detached' });
    expect((await allTexts(page)).slice(-3)).toEqual([`m${OLDER}`, 'new one', 'new two']);
    await context.close();
  });
});

/**
 * In the page: goes up by half a screen, waits until nothing more comes in there, and tells how far what was on screen has
 * moved by more than that, and which is the first message now.
 */
async function scrollUp(): Promise<{ seq: number; moved: number }> {
  const scroller = document.querySelector('.scroller');
  if (scroller === null) throw new Error('no list');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const rows = () => [...scroller.querySelectorAll<HTMLElement>('[data-seq]')];
  const { top } = scroller.getBoundingClientRect();
  scroller.scrollTop = Math.max(150, scroller.scrollTop - scroller.clientHeight / 2);
  await frame();
  const watched = rows().find((row) => row.getBoundingClientRect().top >= top);
  const seq = watched?.dataset.seq;
  const before = watched?.getBoundingClientRect().top ?? 0;
  const oldest = () => Number(rows()[0]?.dataset.seq);
  for (let turn = 0; turn < 600 && scroller.scrollTop < 200 && oldest() > 1; turn++) await frame();
  await frame();
  const after = scroller.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? Number.NaN;
  return { seq: oldest(), moved: after - before };
}
