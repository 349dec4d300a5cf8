import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import {
  handleOf,
  handlesOf,
  MAX_MENTIONS,
  MAX_MENTIONS_READ,
  MAX_NAME_LENGTH,
  MAX_READINGS,
  mentionsIn,
} from '../../src/index.ts';
import { type Block, blocksOf, type Inline, readingsOf } from '../../src/text/index.ts';

describe('a handle', () => {
  it.each([
    ['Ada', 'ada'],
    ['Ada Lovelace', 'ada-lovelace'],
    ['  Dr. J. Smith  ', 'dr.-j.-smith'],
    ['O’Brien (ops)', 'o-brien-ops'],
    ['Ｆｕｌｌ', 'full'],
    ['E\u0301mile', 'émile'],
    ['हिन्दी', 'हिन्दी'],
    ['...', ''],
    ['👍👍', ''],
    ['snake_case-2.0', 'snake_case-2.0'],
  ])('of %s is %s', (name, handle) => {
    expect(handleOf(name)).toBe(handle);
  });

  it('is its own handle, no longer than a name, and well-formed, whatever the name', () => {
    expect(handleOf('\ufdfa'.repeat(64)).length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => {
        const handle = handleOf(name);
        expect(handle.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
        expect(handle.isWellFormed()).toBe(true);
      }),
    );
  });

  it('is of the name and of the id of somebody, each once', () => {
    expect(handlesOf({ id: 'U-17', name: 'Ada' })).toEqual(['ada', 'u-17']);
    expect(handlesOf({ id: 'ada', name: 'Ada' })).toEqual(['ada']);
    expect(handlesOf({ id: 'u', name: '👍' })).toEqual(['u']);
  });
});

describe('mentions in a text', () => {
  it.each([
    ['hello', []],
    ['@ada hello', ['ada']],
    ['hello @Ada, and @bob.', ['ada', 'bob']],
    ['(@ada) "@bob"', ['ada', 'bob']],
    ['@ada-lovelace @ada @ADA', ['ada-lovelace', 'ada']],
    ['mail ada@example.com', []],
    ['@', []],
    ['@@ada @. @-', ['ada']],
    ['@Émile and @हिन्दी', ['émile', 'हिन्दी']],
    ['line\n@ada', ['ada']],
    // Beside letters of scripts without spaces, and what Korean writes to a name.
    ['請@ada看', ['ada', 'ada看']],
    ['@adaさん、@bob様', ['ada', 'adaさん', 'bob', 'bob様']],
    ['@田中さんへ', ['田中', '田中さんへ']],
    ['@エミリー様', ['エミリー', 'エミリー様']],
    ['@ada은 @bob에게', ['ada', 'ada은', 'bob', 'bob에게']],
    ['@민수님이', ['민수', '민수님', '민수님이']],
    ['สวัสดี@adaครับ', ['ada', 'adaครับ']],
    ['안녕@ada', ['ada']],
    // Full-width and small signs.
    ['＠ada ﹫bob ＠ａｄａ', ['ada', 'bob']],
    ['x＠ada', []],
    // Within emphasis.
    ['_@ada_ __@bob__ *@cy* **@dan** ~~@eve~~', ['ada', 'bob', 'cy', 'dan', 'eve']],
    ['_see @ada_', ['ada']],
    ['_@ada_은 __@bob__さん', ['ada', 'bob']],
    ['_@snake_case_ @snake_case_', ['snake_case', 'snake_case_']],
    ['snake_@ada a__@ada', []],
    // Behind what ends a sentence, or begins a line.
    ['done.@ada -@bob', ['ada', 'bob']],
    // Another's name, and a mailbox.
    ['@ada-lovelace', ['ada-lovelace']],
    ['x@ada.org x.@ada.org', []],
    ['[write to x.@ada.org](https://example.org)', []],
    ['@علی‌رضا', ['علیرضا']],
    // Code, addresses, and what is meant as it is.
    ['`@ada` ``a ` @ada``', []],
    ['```\n@ada\n```', []],
    ['~~~\n@ada', []],
    ['> ```\n> @ada\n> ```\n> @bob', ['bob']],
    ['- `@ada` @bob', ['bob']],
    ['https://example.org/@ada <https://example.org/@ada>', []],
    ['\\@ada', []],
    ['` @ada', ['ada']],
  ])('%j are %j', (body, handles) => {
    expect(mentionsIn(body)).toEqual(handles);
  });

  it('name whoever has such a name, wherever they stand', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 _.-]{0,30}$/);
    fc.assert(
      fc.property(name, fc.lorem(), (person, text) => {
        const handle = handleOf(person);
        fc.pre(handle !== '');
        expect(mentionsIn(`${text} @${handle}! ${text}`)).toContain(handle);
      }),
    );
  });

  it('are those that a page shows, and none within its code', () => {
    const pieces = fc.constantFrom(
      ...[
        '`',
        '``',
        '```',
        '~~~',
        '\n',
        '> ',
        '- ',
        '_',
        '__',
        '*',
        '**',
        '\\',
        '[',
        '](https://x.org)',
        ' ',
        '.',
        '看',
      ],
      ...['@ada', '＠bob', '@adaさん', 'x', 'https://x.org/', 'é'],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const shown = mentionsShown(blocksOf(text));
        expect(new Set(mentionsIn(text))).toEqual(
          new Set(shown.slice(0, MAX_MENTIONS_READ).flatMap(handlesRead)),
        );
        // What stands in code is told to nobody: the text without its code mentions the same.
        if (shown.length === 0) expect(mentionsIn(text)).toEqual([]);
      }),
      { numRuns: propertyRuns(300, 5_000) },
    );
  });

  it('in whatever is put into code are nobody', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const line = text.replaceAll(/[`\r\n]/g, ' ');
        expect(mentionsIn(`a \`${line}@ada${line}\` b`)).toEqual([]);
        expect(mentionsIn(`\`\`\`\n${line}@ada ${line}\n\`\`\``)).toEqual([]);
      }),
    );
  });

  it('are read in few ways each', () => {
    const long = '@ada看さ看さ看さ看さ';
    expect(readingsOf(long)).toHaveLength(MAX_READINGS);
    expect(readingsOf(long).at(-1)).toEqual({ handle: 'ada看さ看さ看さ看さ', length: long.length });
  });

  it('are bounded in number, and found in a long text at once', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `@u${index}`).join(' ');
    expect(mentionsIn(many)).toHaveLength(MAX_MENTIONS);
    for (const body of [
      '@'.repeat(65_536),
      '@a'.repeat(32_768),
      `@${'-.'.repeat(32_768)}`,
      ' @-'.repeat(21_000),
      '@a '.repeat(21_845),
    ]) {
      // The time of the processor: a machine that does other work takes longer for all.
      const start = process.cpuUsage();
      mentionsIn(body);
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000);
    }
  });

  it('are read up to a number of them, the same name over and over too', () => {
    const often = (times: number) => `${'@a '.repeat(times)}@b`;
    expect(mentionsIn(often(MAX_MENTIONS_READ - 1))).toEqual(['a', 'b']);
    expect(mentionsIn(often(MAX_MENTIONS_READ))).toEqual(['a']);
  });
});

function mentionsShown(blocks: readonly Block[]): string[] {
  const inline = (tokens: readonly Inline[]): string[] =>
    tokens.flatMap((token) => {
      if (token.type === 'mention') return [token.text];
      return 'content' in token ? inline(token.content) : [];
    });
  return blocks.flatMap((block) => {
    if (block.type === 'paragraph') return inline(block.content);
    if (block.type === 'quote') return mentionsShown(block.blocks);
    return block.type === 'list' ? block.items.flatMap((item) => mentionsShown(item.blocks)) : [];
  });
}

const handlesRead = (mention: string): string[] => readingsOf(mention).map(({ handle }) => handle);
