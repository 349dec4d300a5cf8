import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { soon, TEST_WITHIN_MS, texts, useFixture, write } from './fixture.ts';

/** What has made scripts run in other pages: each would set `hurt`. */
const NASTY = [
  '<script>window.hurt = 1</script>',
  '<img src=x onerror="window.hurt = 1">',
  '<svg onload="window.hurt = 1"><animate onbegin="window.hurt=1" attributeName=x dur=1s>',
  '<iframe srcdoc="<script>parent.hurt = 1</script>"></iframe>',
  '<details open ontoggle=window.hurt=1>x</details>',
  '<body onload=window.hurt=1><input autofocus onfocus=window.hurt=1>',
  '<a href="javascript:window.hurt=1">click</a>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=window.hurt=1>',
  '"><script>window.hurt=1</script>',
  "';window.hurt=1;//",
  '</li></ol><script>window.hurt=1</script>',
  '<!--<img src="--><img src=x onerror=window.hurt=1//">',
  '<style>@import "javascript:window.hurt=1"; * { display: none }</style>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=javascript:window.hurt=1">',
  '[click](javascript:window.hurt=1)',
  '[click](JaVaScRiPt:window.hurt=1)',
  '[click](java\nscript:window.hurt=1)',
  '[click](&#106;avascript:window.hurt=1)',
  '[click](%6aavascript:window.hurt=1)',
  '[click](\u0001javascript:window.hurt=1)',
  '[click](data:text/html,<script>window.hurt=1</script>)',
  '[click](vbscript:msgbox)',
  '[click](blob:https://example.org/x)',
  '[click](file:///etc/passwd)',
  '[click](//evil.example/x)',
  '[click](https://ok.example/"onmouseover="window.hurt=1)',
  "[click](https://ok.example/'onclick='window.hurt=1)",
  '[click](https://ok.example/ "title\\" onmouseover=window.hurt=1 \\"")',
  '[x]: javascript:window.hurt=1\n[x]',
  '![alt](javascript:window.hurt=1)',
  '![alt" onerror="window.hurt=1](https://ok.example/x.png)',
  '<javascript:window.hurt=1>',
  '<https://ok.example/"onclick=window.hurt=1>',
  'https://ok.example/"onmouseover="window.hurt=1',
  'https://ok.example/<img src=x onerror=window.hurt=1>',
  'mailto:a@b.example?subject="><script>window.hurt=1</script>',
  '`<img src=x onerror=window.hurt=1>`',
  '```html"><img src=x onerror=window.hurt=1>\n<script>window.hurt=1</script>\n```',
  '```\n</code></pre><script>window.hurt=1</script>\n```',
  '> <script>window.hurt=1</script>\n> - <img src=x onerror=window.hurt=1>',
  '- **<script>window.hurt=1</script>**\n1. _<svg/onload=window.hurt=1>_',
  '@<img src=x onerror=window.hurt=1> @ada"onclick=window.hurt=1',
  '{{constructor.constructor("window.hurt=1")()}} <%= window.hurt=1 %>',
  '{"type":"script","props":{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=window.hurt=1>"}}}',
  '\u202egnp.exe <script>window.hurt=1</script>\u2066',
  '<a href="https://ok.example" style="position:fixed;inset:0">everywhere</a>',
];

const ALLOWED = 'div, p, em, strong, s, code, pre, blockquote, ul, ol, li, a, span';

describe.skipIf(!chromiumInstalled)('whatever is written', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  it('makes no script run, no handler, no element but those of Markdown, and no address but of pages and mailboxes', async () => {
    const nasty = fixture.channel('nasty');
    await fixture.say(nasty, NASTY);
    const { page, context, faults } = await fixture.enter(`/c/${nasty}`);
    await expect
      .poll(() => page.locator('.said[data-seq]').last().textContent(), soon)
      .toContain('everywhere');
    // The list draws what is near the screen: it is scrolled until each message was there.
    const seen = new Map<string, Finding>();
    while (seen.size < NASTY.length) {
      const found = await page.locator('.said[data-seq]').evaluateAll(inspect, ALLOWED);
      for (const [seq, finding] of found) seen.set(NASTY[seq - 1] ?? '', finding);
      await page.evaluate(scrollUp);
    }
    for (const [text, { handlers, strangers, addresses, shown }] of seen) {
      expect({ text, handlers, strangers }).toEqual({ text, handlers: [], strangers: [] });
      for (const { href, rel, target } of addresses) {
        expect(href).toMatch(/^(?:https?:\/\/|mailto:)/);
        expect([rel, target]).toEqual(['noopener noreferrer nofollow', '_blank']);
      }
      for (const tag of text.match(/<\/?(?!https)[a-z]+/g) ?? []) expect(shown).toContain(tag);
    }
    expect(await page.evaluate(() => 'hurt' in window)).toBe(false);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is marked as a mention of the person who reads as far as it is their name, and in code is none', async () => {
    const named = fixture.channel('named');
    const { page, context } = await fixture.enter(`/c/${named}`);
    await page.getByRole('button', { name: 'Choose a name' }).click();
    await page.getByLabel('What should we call you?').fill('Ada');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Choose a name' }).waitFor({ state: 'detached' });
    await fixture.say(named, ['請@ada看 `@ada` ＠Adaさん _@ada_ @ada-lovelace x@ada.org', '```\n@ada\n```']);
    await expect.poll(() => page.locator('.text').count(), soon).toBe(2);
    expect(await page.locator('.mention.own').allTextContents()).toEqual(['@ada', '＠Ada', '@ada']);
    expect(await page.locator('.mention').allTextContents()).toEqual([
      '@ada',
      '＠Ada',
      '@ada',
      '@ada-lovelace',
    ]);
    await context.close();
  });

  it('is safe as a name too', async () => {
    const { page, context, faults } = await fixture.enter(`/c/${fixture.channel('nasty-name')}`);
    const name = '"><img src=x onerror=window.hurt=1>';
    await page.getByRole('button', { name: 'Choose a name' }).click();
    await page.getByLabel('What should we call you?').fill(name);
    await page.getByRole('button', { name: 'Save' }).click();
    await write(page, 'hello @"><b>');
    await expect.poll(() => texts(page, 'stored'), soon).toEqual(['hello @"><b>']);
    await page.locator('.said .author', { hasText: name }).waitFor();
    await page.locator('.here-names', { hasText: name }).waitFor();
    expect(await page.locator('#app img, #app b').count()).toBe(0);
    expect(await page.evaluate(() => 'hurt' in window)).toBe(false);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is drawn with its emphasis, code, lists, quotes and mentions', async () => {
    const drawn = fixture.channel('drawn');
    await fixture.say(drawn, [
      '**bold** *slanted* ~~gone~~ `code` @ada',
      '> quoted\n\n1. one\n7. seven\n- dot\n\n```js\nlet x\n```\n[named](https://example.org/) ada@example.org',
    ]);
    const { page, context } = await fixture.enter(`/c/${drawn}`);
    await expect.poll(() => page.locator('.text').count(), soon).toBe(2);
    const [first, second] = [page.locator('.text').first(), page.locator('.text').last()];
    expect(await first.locator('strong, em, s, code, .mention').allTextContents()).toEqual([
      'bold',
      'slanted',
      'gone',
      'code',
      '@ada',
    ]);
    expect(await second.locator('blockquote, ol li, ul li, pre').allTextContents()).toEqual([
      'quoted',
      'one',
      'seven',
      'dot',
      'let x',
    ]);
    expect(await second.locator('ol li').last().getAttribute('value')).toBe('7');
    expect(
      await second.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual(['https://example.org/', 'mailto:ada@example.org']);
    await context.close();
  });
});

interface Finding {
  handlers: string[];
  strangers: string[];
  addresses: { href: string; rel: string; target: string }[];
  shown: string;
}

/** In the page: what is in each row, by its number. */
function inspect(rows: Element[], allowed: string): [number, Finding][] {
  return rows.map((row) => {
    const text = row.querySelector('.text');
    const all = [...(text?.querySelectorAll('*') ?? [])];
    const handlers = all.flatMap((each) =>
      each.getAttributeNames().filter((name) => /^(?:on|style|src)/.test(name)),
    );
    const strangers = all.filter((each) => !each.matches(allowed)).map((each) => each.tagName);
    const addresses = [...(text?.querySelectorAll('a') ?? [])].map(({ href, rel, target }) => ({
      href,
      rel,
      target,
    }));
    const shown = text?.textContent ?? 'no text';
    return [Number((row as HTMLElement).dataset.seq), { handlers, strangers, addresses, shown }];
  });
}

/** In the page: goes up by most of a screen, and waits until that is drawn. */
async function scrollUp(): Promise<void> {
  const scroller = document.querySelector('.scroller');
  scroller?.scrollBy(0, -0.7 * scroller.clientHeight);
  for (let frames = 0; frames < 2; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
}
