import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { normalizeText } from '../src/normalized-text.ts';
import { readQuery } from '../src/search-query.ts';
import { wordsOf } from '../src/search-words.ts';

const words = (text: string) => wordsOf(text).map(({ word }) => word);

/** Characters that join, fold or vanish, and plain ones. */
const piece = fc.constantFrom(
  ...[
    'ﾃ',
    'ﾞ',
    'ﾟ',
    'か',
    '\u3099',
    '゛',
    'ｰ',
    'ー',
    'ㅎ',
    'ㅏ',
    'ㄴ',
    'ﾡ',
    'ￂ',
    '\u1112',
    '\u1161',
    '\u11ab',
    '서울',
  ],
  ...[
    'é',
    'e',
    '\u0301',
    '\u0323',
    'ﬁ',
    '㎏',
    '℃',
    '５',
    'Ａ',
    '①',
    '½',
    'ﷺ',
    'ำ',
    'น',
    '้',
    '\u09c7',
    '\u09be',
    'Å',
    '가',
  ],
  ...['\u00ad', '\u200d', '\u200b', '\u034f', ' ', '.', '-', 'x', '🎉', '👩', '中'],
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);

/** Emoji are no forms of letters, though NFKC makes letters of some. */
const hasNoSuchEmoji = (of: string) =>
  [...of].every((each) => !/\p{Extended_Pictographic}/u.test(each) || each.normalize('NFKC') === each);

describe('words', () => {
  // Where this changes, so does the index of every store: see WORDS_VERSION.
  it.each([
    ['Crème BRÛLÉE, foo_bar v2.0', ['creme', 'brulee', 'foo', 'bar', 'v2', '0']],
    ['ﾃﾞｰﾀﾍﾞｰｽ', ['デ', 'ー', 'タ', 'ベ', 'ー', 'ス']],
    ['データベース', ['デ', 'ー', 'タ', 'ベ', 'ー', 'ス']],
    ['か\u3099く', ['が', 'く']],
    ['서울에서 Carillon을 2024년에', ['서울에서', 'carillon', '을', '2024', '년에']],
    ['ㅎㅏㄴ', words('하ㄴ')],
    ['5㎏ ５ｋｇ', ['5kg', '5kg']],
    ['co\u00adoperate می\u200cخواهم', ['cooperate', 'میخواهم']],
    ['Carillon™ 👩‍👧', ['carillon', 'tm', '👩', '👧']],
    ['สวัสดี', ['ส', 'วั', 'ส', 'ดี']],
  ])('of %j are %j', (of, expected) => {
    expect(words(of)).toEqual(expected);
  });

  it('are the same in whatever form of Unicode a text is written', () => {
    fc.assert(
      fc.property(text.filter(hasNoSuchEmoji), (of) => {
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'])
          expect(words(of.normalize(form))).toEqual(words(of));
      }),
      { numRuns: propertyRuns(500, 20_000) },
    );
  });

  it('stand in the text in order, where it has what they are made of', () => {
    fc.assert(
      fc.property(text, (of) => {
        let last = 0;
        for (const { word, start, end } of wordsOf(of)) {
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(of.length);
          expect(start).toBeGreaterThanOrEqual(last);
          last = start;
          // NFKC of one character may be several words (U+FDFA).
          expect(words(of.slice(start, end))).toContain(word);
        }
      }),
      { numRuns: propertyRuns(300, 10_000) },
    );
  });
});

it('no character joins the one before it but those that are folded together with it', () => {
  /** What stands second in a character that NFC makes of several. */
  const seconds = new Set<string>();
  // Beyond are no letters.
  const all = Array.from({ length: 0x40000 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );
  for (const code of all) {
    const parts = [...String.fromCodePoint(code).normalize('NFD')];
    const isJoined = parts.length > 1 && parts.join('').normalize('NFC') === String.fromCodePoint(code);
    if (isJoined) for (const part of parts.slice(1)) seconds.add(part);
  }
  const apart: string[] = [];
  for (const code of all) {
    const character = String.fromCodePoint(code);
    const [first = ''] = character.normalize('NFKD');
    const joins = seconds.has(first) || /\p{M}/u.test(first);
    // Half-width x is no letter that has an accented form; what is folded with it begins where it does.
    if (joins && normalizeText(`ｘ${character}ｘ`).startOf(1) === 1) apart.push(code.toString(16));
  }
  expect(seconds.size).toBeGreaterThan(100);
  expect(apart).toEqual([]);
});

describe('a Korean word of a query', () => {
  it.each([
    ['서울 맛집 ', [true, true]],
    ['서울 seoul x', [true, false, false]],
    ['-서울 맛집', [true, true]],
    ['"서울"', [true]],
    ['2024년 ', [true]],
  ])('is a beginning, wherever it stands: %j', (query, prefixes) => {
    const [terms = []] = readQuery(query).alternatives;
    expect(terms.map(({ prefix }) => prefix)).toEqual(prefixes);
  });
});
