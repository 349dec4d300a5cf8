import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import { blocksOf } from '../../src/text/blocks.ts';
import { handleOf, handlesOf } from '../../src/text/handle.ts';
import { inlineOf } from '../../src/text/inline.ts';
import { safeHref } from '../../src/text/link.ts';
import type { Block, Inline } from '../../src/text/tokens.ts';

/** Tokens in short: `em[a]`, `code(a)`, `link(href)[a]`; text as it is. */
const short = (tokens: readonly Inline[]): string =>
  tokens
    .map((token) => {
      if (token.type === 'text' || token.type === 'mention') return token.text;
      if (token.type === 'code') return `code(${token.text})`;
      if (token.type === 'link') return `link(${token.href})[${short(token.content)}]`;
      return `${token.type}[${short(token.content)}]`;
    })
    .join('');
const shortBlocks = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => {
      if (block.type === 'paragraph') return `p[${short(block.content)}]`;
      if (block.type === 'code') return `pre${block.language ?? ''}(${block.text})`;
      if (block.type === 'quote') return `quote[${shortBlocks(block.blocks)}]`;
      return `${block.ordered ? 'ol' : 'ul'}[${block.items.map(({ number, blocks }) => `${number ?? '-'}:${shortBlocks(blocks)}`).join(' ')}]`;
    })
    .join('');

function textOf(tokens: readonly Inline[]): string {
  return tokens.map((token) => ('content' in token ? textOf(token.content) : token.text)).join('');
}
function textOfBlocks(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.type === 'paragraph') return textOf(block.content);
      if (block.type === 'code') return `${block.language ?? ''}\n${block.text}`;
      if (block.type === 'quote') return textOfBlocks(block.blocks);
      return block.items.map(({ number, blocks }) => `${number ?? ''} ${textOfBlocks(blocks)}`).join('\n');
    })
    .join('\n');
}

describe('the text of a paragraph', () => {
  it.each([
    ['*a* _b_ **c** __d__ ~~e~~ ***f***', 'em[a] em[b] strong[c] strong[d] strike[e] strong[em[f]]'],
    ['**bold with *italic* in it**', 'strong[bold with em[italic] in it]'],
    ['*italic with **bold***', 'em[italic with strong[bold]]'],
    ['snake_case_name and 2*3*4 and 5 * 6 * 7', 'snake_case_name and 2*3*4 and 5 * 6 * 7'],
    ['这是**重要**的', '这是strong[重要]的'],
    ['*never ended and **nor this', '*never ended and **nor this'],
    ['a *first and *second*', 'a *first and em[second]'],
    ['~one~ ****four**** \\*escaped\\*', '~one~ ****four**** *escaped*'],
    ['`a*b*` and ``with ` in it`` and ` lone', 'code(a*b*) and code(with ` in it) and ` lone'],
    ['two\nlines', 'two\nlines'],
    ['<b>no</b> &amp;', '<b>no</b> &amp;'],
    ['@ada, ask @Bo.Lee. not a@b', '@ada, ask @Bo.Lee. not a@b'],
  ])('%j is read as %j', (text, expected) => {
    expect(short(inlineOf(text))).toBe(expected);
  });

  it.each([
    ['see https://example.org/a.', 'see link(https://example.org/a)[https://example.org/a].'],
    [
      '(https://en.wikipedia.org/wiki/Bell_(x))',
      '(link(https://en.wikipedia.org/wiki/Bell_(x))[https://en.wikipedia.org/wiki/Bell_(x)])',
    ],
    ['https://a.example/x_y_z*w*', 'link(https://a.example/x_y_z*w)[https://a.example/x_y_z*w]*'],
    ['[a *b*](https://x.example/)', 'link(https://x.example/)[a em[b]]'],
    [
      '<https://x.example/> <ada@x.example>',
      'link(https://x.example/)[https://x.example/] link(mailto:ada@x.example)[ada@x.example]',
    ],
    ['write a_b@x.example.', 'write link(mailto:a_b@x.example)[a_b@x.example].'],
    ['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
    [
      '[x](data:text/html,a) [y](/path) [z](//x.example)',
      '[x](data:text/html,a) [y](/path) [z](//x.example)',
    ],
    ['[x](jAvAsCrIpT:alert(1))', '[x](jAvAsCrIpT:alert(1))'],
    ['[a](https://x.example/"onmouseover=alert(1))', 'link(https://x.example/%22onmouseover=alert(1))[a]'],
  ])('the addresses of %j become %j', (text, expected) => {
    expect(short(inlineOf(text))).toBe(expected);
  });
});

describe('a mention', () => {
  it.each([
    ['@Ada-Lovelace, look', '@Ada-Lovelace'],
    ['(@ada.)', '@ada'],
    ['ask @Zoë_2!', '@Zoë_2'],
    ['@अदा', '@अदा'],
  ])('in %j is %j', (text, expected) => {
    const mentions = inlineOf(text).filter(({ type }) => type === 'mention');
    expect(mentions).toEqual([{ type: 'mention', text: expected }]);
  });

  it.each(['a@b', 'x_@ada', '@ ada', '@', '`@ada`', '\\@ada'])('is not in %j', (text) => {
    expect(inlineOf(text).some(({ type }) => type === 'mention')).toBe(false);
  });

  it('is of whom the name or the id says', () => {
    const mine = handlesOf({ id: 'u-1', name: 'Ada  Lovelace (she)' });
    expect(
      ['@ada-lovelace-she', '@U-1', '@ada'].map((text) => mine.includes(handleOf(text.slice(1)))),
    ).toEqual([true, true, false]);
  });
});

describe('the blocks of a text', () => {
  it.each([
    ['a\nb\n\nc', 'p[a\nb]p[c]'],
    ['```ts\nconst *a* = 1\n\n2\n```\nafter', 'prets(const *a* = 1\n\n2)p[after]'],
    ['```\nnever ended', 'pre(never ended)'],
    ['> said\n> > before\nanswer', 'quote[p[said]quote[p[before]]]p[answer]'],
    ['list:\n- a\n- b\n  more\n  - c', 'p[list:]ul[-:p[a] -:p[b\nmore]ul[-:p[c]]]'],
    ['3. three\n7. seven', 'ol[3:p[three] 7:p[seven]]'],
    ['in\n1984. No list', 'p[in\n1984. No list]'],
    ['-no\n+1', 'p[-no\n+1]'],
    ['# no heading\n---', 'p[# no heading\n---]'],
  ])('%j is read as %j', (text, expected) => {
    expect(shortBlocks(blocksOf(text))).toBe(expected);
  });
});

const marks = fc.constantFrom(
  '*',
  '**',
  '***',
  '_',
  '__',
  '~~',
  '`',
  '``',
  '```',
  '\n',
  '\n\n',
  '> ',
  '- ',
  '1. ',
  '  ',
  '[',
  '](',
  ')',
  '<',
  '>',
  '@',
  '\\',
  'https://',
  'http://[',
  'mailto:',
  'javascript:',
  'word',
  'é',
  '中',
  '👩‍👧',
  '<script>',
  '"',
  "'",
  '&lt;',
  '\u202e',
  '\t',
);
const markup = fc.oneof(
  fc
    .array(fc.oneof(marks, fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 120 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

describe('whatever is written', () => {
  it('is read without a fault, and every word of it is shown', () => {
    fc.assert(
      fc.property(markup, (text) => {
        const shown = textOfBlocks(blocksOf(text));
        for (const word of text.match(/[a-z]{3,}/g) ?? []) {
          // The scheme and the address of a link with a text of its own stand in its href.
          expect(shown + allHrefs(blocksOf(text)).join(' ')).toContain(word);
        }
      }),
      { numRuns: propertyRuns(100, 3_000) },
    );
  });

  it('leads to no address but http, https and mailto', () => {
    fc.assert(
      fc.property(markup, (text) => {
        for (const href of allHrefs(blocksOf(text))) expect(href).toMatch(/^(?:https?:\/\/|mailto:)/);
      }),
      { numRuns: propertyRuns(100, 3_000) },
    );
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        expect(safeHref(url)).toBe(new URL(url).href);
      }),
    );
  });

  it.each([
    '*',
    '**a ',
    '`',
    '[',
    '[a](',
    '> ',
    '- ',
    '* * ',
    '_a',
    'http://[',
    'https://a.example/((',
    '@a',
    '\\',
    '~~x',
    '``` ',
    '<a@',
    '1. ',
    '\n',
    '  - ',
    '***a **b *c ',
  ])('takes no longer for 64 KiB of %j than a person notices', (part) => {
    const text = part.repeat(Math.floor(65_536 / part.length));
    const from = process.cpuUsage();
    blocksOf(text);
    blocksOf(`${text}x`);
    // A few milliseconds on an idle machine; what grows with the square of the length takes minutes.
    // Of the processor's time, since a busy machine has others to serve.
    expect(process.cpuUsage(from).user / 1_000).toBeLessThan(4_000);
  });
});

function allHrefs(blocks: readonly Block[]): string[] {
  const ofInline = (tokens: readonly Inline[]): string[] =>
    tokens.flatMap((token) => [
      ...(token.type === 'link' ? [token.href] : []),
      ...('content' in token ? ofInline(token.content) : []),
    ]);
  return blocks.flatMap((block) => {
    if (block.type === 'paragraph') return ofInline(block.content);
    if (block.type === 'quote') return allHrefs(block.blocks);
    return block.type === 'list' ? block.items.flatMap((item) => allHrefs(item.blocks)) : [];
  });
}
