import { MAX_NAME_LENGTH } from './name-length.ts';

/**
 * Marks on one letter: what goes beyond is stacked over the lines above and below. UTS 39, 5.4, advises this bound, and no language
 * needs more.
 */
export const MAX_MARKS = 4;

/** Of a longer text nobody makes a name, UTF-16 units: one of {@link MAX_NAME_LENGTH}, with much in it that is not seen. */
export const MAX_RAW_NAME_LENGTH = 16 * MAX_NAME_LENGTH;

/**
 * A name as it may be shown: in NFC, each run of spaces one, and without what is not seen, so that nothing hides in it and no other name
 * looks like it by that alone. Format characters go (marks of direction, zero-width spaces, soft hyphens), what is to be ignored, fillers
 * and blank letters; marks that stand on no letter, and those beyond {@link MAX_MARKS} on one. What shapes a letter or an emoji stays.
 * Empty where nothing of it is seen. What is longer than {@link MAX_RAW_NAME_LENGTH} is given back as it is: too long for a name.
 */
export function shownName(name: string): string {
  if (name.length > MAX_RAW_NAME_LENGTH) return name;
  let shown = name;
  // What goes may leave a joiner that shapes nothing, or a mark on nothing: until nothing goes.
  for (let before: string | undefined; before !== shown; ) {
    before = shown;
    shown = withoutUnseen(before)
      .normalize('NFC')
      .replace(STACKED, '$1')
      .replace(ON_NOTHING, '$1')
      .replace(/\p{Z}+/gu, ' ')
      .trim();
  }
  return SEEN.test(shown) ? shown : '';
}

const STACKED = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');
const ON_NOTHING = /(^|\p{Z})\p{M}+/gu;
const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** Scripts whose letters take another form beside a joiner: Arabic (Persian, Urdu …) and its kin. UAX 31, A1. */
const CURSIVE =
  '[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Mand}\\p{scx=Adlm}\\p{scx=Phag}\\p{scx=Rohg}]';

/** What takes the vowel from a consonant of an Indic script; a joiner beside it says how the two are written. UAX 31, A2 and B. */
const VIRAMA =
  '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u17d2\\u{11046}\\u{110b9}\\u{11133}\\u{111c0}\\u{114c2}]';

/** Of characters that are not seen these stay: in emoji, and where they shape what stands beside them. */
const SHAPING = [
  '\\p{RGI_Emoji}',
  `(?<=[${CURSIVE}&&[\\p{L}\\p{M}]])[\\u200c\\u200d](?=[${CURSIVE}&&\\p{L}])`,
  `(?<=${VIRAMA})[\\u200c\\u200d](?=\\p{L})`,
  `(?<=\\p{L})\\u200d(?=${VIRAMA})`,
  // Variants of ideographs, as people write their names, and of Mongolian letters.
  '(?<=\\p{sc=Han})[\\u{e0100}-\\u{e01ef}\\ufe00-\\ufe02]',
  '(?<=\\p{sc=Mong})[\\u180b-\\u180d\\u180f]',
];

/**
 * Not seen, or blank: format characters, what Unicode says to ignore (fillers of Hangul among them), Braille without a dot, the place
 * of an object, blanks of musical and of Egyptian writing.
 */
const UNSEEN = '[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u2800\\ufffc\\u{1d159}\\u{13441}\\u{13442}]';

const SHAPING_OR_UNSEEN = new RegExp(`(?<stays>${SHAPING.join('|')})|${UNSEEN}`, 'gv');

function withoutUnseen(text: string): string {
  // Most names have nothing of it.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(SHAPING_OR_UNSEEN, (found, ...rest) => {
    const groups: { stays?: string } = rest.at(-1);
    return groups.stays === undefined ? '' : found;
  });
}
