import { MAX_NAME_LENGTH } from './name-length.ts';

/**
 * Limit of marks on one letter: more would be stacked over the lines above and below. UTS 39, 5.4, advises this limit,
 * and no language needs more.
 */
export const MAX_MARKS = 4;

/**
 * A longer text is never a name, UTF-16 units: allows {@link MAX_NAME_LENGTH} visible characters and many invisible
 * ones.
 */
export const MAX_RAW_NAME_LENGTH = 16 * MAX_NAME_LENGTH;

/**
 * The form in which a name is displayed: in NFC, each run of spaces as one, and without invisible characters, so that
 * nothing is hidden in it and no two names look the same only because of them. Removed: format characters (direction
 * marks, zero-width spaces, soft hyphens), default-ignorable characters, fillers and blank letters, marks without a
 * letter, and marks beyond {@link MAX_MARKS} on one letter. Characters that shape a letter or an emoji stay. Empty if
 * nothing visible is left. A text longer than {@link MAX_RAW_NAME_LENGTH} is returned unchanged: it is too long for a
 * name.
 */
export function shownName(name: string): string {
  if (name.length > MAX_RAW_NAME_LENGTH) return name;
  let shown = name;
  // A removal may leave a joiner that shapes nothing, or a mark without a letter: repeat until nothing changes.
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

/** Scripts whose letters change form next to a joiner: Arabic (Persian, Urdu …) and related scripts. UAX 31, A1. */
const CURSIVE =
  '[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Mand}\\p{scx=Adlm}\\p{scx=Phag}\\p{scx=Rohg}]';

/**
 * Removes the vowel of a consonant in an Indic script; a joiner next to it decides how the two are written. UAX 31, A2
 * and B.
 */
const VIRAMA =
  '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u17d2\\u{11046}\\u{110b9}\\u{11133}\\u{111c0}\\u{114c2}]';

/** Invisible characters that stay: in emoji, and where they shape their neighbours. */
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
 * Invisible or blank: format characters, default-ignorable characters (including Hangul fillers), blank Braille, the
 * object replacement character, blanks of musical and Egyptian notation.
 */
const UNSEEN = '[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u2800\\ufffc\\u{1d159}\\u{13441}\\u{13442}]';

const SHAPING_OR_UNSEEN = new RegExp(`(?<stays>${SHAPING.join('|')})|${UNSEEN}`, 'gv');

function withoutUnseen(text: string): string {
  // Fast path: most names contain none of these.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(SHAPING_OR_UNSEEN, (found, ...rest) => {
    const groups: { stays?: string } = rest.at(-1);
    return groups.stays === undefined ? '' : found;
  });
}
