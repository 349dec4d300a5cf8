import { HANGUL_LETTERS, UNSPACED_LETTERS } from '@carillon/protocol/text';
import { foldText } from './folded-text.ts';

/** Of a longer text only this much, from its beginning, is searched, UTF-16 units: some 2,500 words, 10 ms of work. */
export const MAX_SEARCHED_LENGTH = 16 * 1024;

/**
 * Of the words that are made here. Where another text or query gives other words than before, raise it and add a migration
 * (migrations/words.ts, and sqlite/schema.ts): each store then makes its index anew, in the background.
 */
export const WORDS_VERSION = 2;

/**
 * `letter`: of a script without spaces, or an emoji. `korean`: a run of Hangul, to whose end Korean writes what says its part in the
 * sentence. `run`: any other run of letters and digits; what somebody still types may be the beginning of one.
 */
export type WordKind = 'letter' | 'korean' | 'run';

/** A word of a text as the index has it, and where it stands in the text (UTF-16 units). */
export interface Word {
  word: string;
  start: number;
  end: number;
  kind: WordKind;
}

/**
 * Letters of scripts that put no space between words are each a word of its own, and what is written together is searched as
 * a phrase. No dictionary, and nothing that is there is missed. Hangul ends where another script begins: in `Carillon을` the particle
 * is a word of its own.
 */
const WORDS = new RegExp(
  `(?<run>[[\\p{L}\\p{N}\\p{M}]--${UNSPACED_LETTERS}--${HANGUL_LETTERS}]+)|(?<korean>${HANGUL_LETTERS}[${HANGUL_LETTERS}\\p{M}]*)|${UNSPACED_LETTERS}\\p{M}*|\\p{Extended_Pictographic}|\\p{RI}`,
  'gv',
);

/** Accents of scripts that are read without them too. Those that make Japanese が of か are another letter. */
const ACCENTS = /[[[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]&&\p{M}]--[\u{3099}\u{309a}]]+/gv;

/** Letters that Unicode does not take apart, and people type in another way. */
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

/** What is left of a word is in the index as it is, and stands between quotes in SQL's own syntax of queries. */
const NO_WORD = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{RI}]+/gv;

/** Of a longer word only this much counts, in texts and queries alike (PostgreSQL takes 2,046 bytes). */
const MAX_WORD_LENGTH = 64;

/**
 * The words of a text, in order: without case, accents and forms of width. It is done here and not by the database, whose own
 * way depends on how its locale was set up.
 */
export function wordsOf(text: string): Word[] {
  return [...wordsIn(text)];
}

/** As {@link wordsOf}, one after the other. */
export function* wordsIn(text: string): Generator<Word> {
  const folded = foldText(text);
  for (const { 0: found, index, groups = {} } of folded.text.matchAll(WORDS)) {
    const word = fold(found);
    if (word === '') continue;
    const kind = groups.run !== undefined ? 'run' : groups.korean !== undefined ? 'korean' : 'letter';
    yield { word, start: folded.startOf(index), end: folded.endOf(index + found.length), kind };
  }
}

function fold(word: string): string {
  // Most words are such already.
  if (/^[a-z0-9]{1,64}$/.test(word)) return word;
  const plain = word
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .toLowerCase()
    .replace(TYPED_LETTERS, (letter) => TYPED[letter] ?? letter)
    .normalize('NFC')
    .replace(NO_WORD, '');
  if (plain.length <= MAX_WORD_LENGTH) return plain;
  // Not between the halves of a pair.
  return plain.slice(0, MAX_WORD_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
