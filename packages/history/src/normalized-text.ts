/**
 * A text after normalization of compatibility forms (such as width), with the positions of its parts in the original
 * text (UTF-16 units).
 */
export interface NormalizedText {
  text: string;
  /** Where the character at this position of the normalized text begins in the original. */
  startOf(at: number): number;
  /** Where the character that ends at this position of the normalized text ends in the original, with all its marks. */
  endOf(at: number): number;
}

/** Invisible everywhere: joiners, soft hyphens, direction marks, variation selectors. */
const UNSEEN = '\\p{Default_Ignorable_Code_Point}';

/**
 * Characters that NFKC may join to the previous one (NFC_Quick_Check=Maybe, and what becomes such by compatibility):
 * marks, half-width voiced sound marks of katakana, jamo in all their forms, some vowel signs. No joined character
 * begins with any other: the test tries all.
 */
const JOINS = `[\\p{M}\\uff9e\\uff9f\\u1160-\\u11ff\\ud7b0-\\ud7fb\\u3131-\\u318e\\uffa0-\\uffdc\\u0e33\\u0eb3\\u{16d67}\\u{16d68}${UNSEEN}]`;

/** The units that are normalized independently of their context. */
const PIECES = new RegExp(`[^]${JOINS}*`, 'gv');

const UNSEEN_ONES = new RegExp(`${UNSEEN}+`, 'gv');

/** Emoji stay unchanged: ™ after a word does not belong to it, unlike the TM that NFKC produces. */
const EMOJI = /^\p{Extended_Pictographic}/v;

/**
 * Normalizes a text by NFKC and removes invisible characters, before it is split into words. Otherwise characters that
 * NFKC joins would be split (`ﾃﾞ` is テ and a separate mark, デ is one letter).
 */
export function normalizeText(text: string): NormalizedText {
  if (/^[\x20-\x7e\s]*$/.test(text) || isFolded(text)) {
    return { text, startOf: (at) => at, endOf: (at) => at };
  }
  let folded = '';
  /** For each unit of the normalized text, the piece that it comes from. */
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    // Together with its marks, because they may change the character (↮ is ↔ and a stroke).
    const seen = piece.replace(UNSEEN_ONES, '').normalize('NFC');
    const emoji = EMOJI.exec(seen)?.[0] ?? '';
    const plain = emoji + seen.slice(emoji.length).normalize('NFKC');
    folded += plain;
    for (let unit = 0; unit < plain.length; unit++) {
      starts.push(index);
      ends.push(index + piece.length);
    }
  }
  return {
    text: folded,
    startOf: (at) => starts[at] ?? text.length,
    endOf: (at) => ends[at - 1] ?? 0,
  };
}

function isFolded(text: string): boolean {
  UNSEEN_ONES.lastIndex = 0;
  return !UNSEEN_ONES.test(text) && text.normalize('NFKC') === text;
}
