import { HANGUL_LETTERS, UNSPACED_LETTERS } from '@carillon/protocol/text';
import { normalizeText } from './normalized-text.ts';

/** Only this much of a text, from its beginning, is searched, UTF-16 units: about 2,500 words, 10 ms of work. */
export const MAX_SEARCHED_LENGTH = 16 * 1024;

/**
 * Version of the word splitting. If a text or query gives other words than before, increment it and add a migration
 * (migrations/words.ts, and sqlite/schema.ts): each store then rebuilds its index in the background.
 */
export const WORDS_VERSION = 2;

/**
 * `letter`: of a script without spaces, or an emoji. `korean`: a run of Hangul, to which Korean appends particles.
 * `run`: any other run of letters and digits; while typing, it may be the beginning of a word.
 */
export type WordKind = 'letter' | 'korean' | 'run';

/** A word of a text as the index has it, and its position in the text (UTF-16 units). */
export interface Word {
  word: string;
  start: number;
  end: number;
  kind: WordKind;
}

/**
 * Each letter of a script without spaces is a word of its own, and adjacent letters are searched as a phrase. This
 * needs no dictionary and misses nothing. Hangul ends where another script begins: in `Carillon을` the particle is a
 * word of its own.
 */
const WORDS = new RegExp(
  `(?<run>[[\\p{L}\\p{N}\\p{M}]--${UNSPACED_LETTERS}--${HANGUL_LETTERS}]+)|(?<korean>${HANGUL_LETTERS}[${HANGUL_LETTERS}\\p{M}]*)|${UNSPACED_LETTERS}\\p{M}*|\\p{Extended_Pictographic}|\\p{RI}`,
  'gv',
);

/** Accents of scripts that can be read without them. The marks that turn Japanese か into が make another letter. */
const ACCENTS = /[[[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]&&\p{M}]--[\u{3099}\u{309a}]]+/gv;

/** Letters that Unicode does not decompose, and that people type in another way. */
const TYPED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ς: 'σ',
};
const TYPED_LETTERS = new RegExp(`[${Object.keys(TYPED).join('')}]`, 'gu');

/** Removed from words: the rest is stored in the index unchanged, and between quotes in SQL's query syntax. */
const NO_WORD = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{RI}]+/gv;

/** Only this much of a word counts, in texts and queries alike (PostgreSQL accepts 2,046 bytes). */
const MAX_WORD_LENGTH = 64;

/**
 * The words of a text, in order: without case, accents and compatibility forms. This is not left to the database,
 * because its result depends on the locale.
 */
export function wordsOf(text: string): Word[] {
  return [...wordsIn(text)];
}

/** As {@link wordsOf}, as a generator. */
export function* wordsIn(text: string): Generator<Word> {
  const folded = normalizeText(text);
  for (const { 0: found, index, groups = {} } of folded.text.matchAll(WORDS)) {
    const word = fold(found);
    if (word === '') continue;
    const kind = groups.run !== undefined ? 'run' : groups.korean !== undefined ? 'korean' : 'letter';
    yield { word, start: folded.startOf(index), end: folded.endOf(index + found.length), kind };
  }
}

function fold(word: string): string {
  // Fast path for most words.
  if (/^[a-z0-9]{1,64}$/.test(word)) return word;
  const plain = word
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .toLowerCase()
    .replace(TYPED_LETTERS, (letter) => TYPED[letter] ?? letter)
    .normalize('NFC')
    .replace(NO_WORD, '');
  if (plain.length <= MAX_WORD_LENGTH) return plain;
  // Not between the halves of a surrogate pair.
  return plain.slice(0, MAX_WORD_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
