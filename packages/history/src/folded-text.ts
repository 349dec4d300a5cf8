/** A text with its forms of width and the like made one, and where in the text as it was each part of it stands (UTF-16 units). */
export interface FoldedText {
  text: string;
  /** Where the character that is at this place of the folded text begins. */
  startOf(at: number): number;
  /** Where the character that ends at this place of the folded text ends, and all that belongs to it. */
  endOf(at: number): number;
}

/** Not seen, wherever it stands: joiners, soft hyphens, marks of direction, variation selectors. */
const UNSEEN = '\\p{Default_Ignorable_Code_Point}';

/**
 * What NFKC may join to the character before it (those of NFC_Quick_Check=Maybe, and what becomes such by compatibility): marks, the
 * voiced sound marks of half-width katakana, jamo in all their forms, some vowel signs. No joined character begins with any other: the test tries all.
 */
const JOINS = `[\\p{M}\\uff9e\\uff9f\\u1160-\\u11ff\\ud7b0-\\ud7fb\\u3131-\\u318e\\uffa0-\\uffdc\\u0e33\\u0eb3\\u{16d67}\\u{16d68}${UNSEEN}]`;

/** What is folded together, whatever stands beside it. */
const PIECES = new RegExp(`[^]${JOINS}*`, 'gv');

const UNSEEN_ONES = new RegExp(`${UNSEEN}+`, 'gv');

/** Emoji stay what they are: ™ beside a word is no part of it, as the TM that NFKC makes of it would be. */
const EMOJI = /^\p{Extended_Pictographic}/v;

/**
 * Folds a text by NFKC, without what is not seen, before it is cut into words: else what NFKC joins would be cut apart (`ﾃﾞ` is テ and
 * a mark of its own, デ is one letter).
 */
export function foldText(text: string): FoldedText {
  if (/^[\x20-\x7e\s]*$/.test(text) || isFolded(text)) {
    return { text, startOf: (at) => at, endOf: (at) => at };
  }
  let folded = '';
  /** Of each unit of the folded text: the piece that it is of. */
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    // With its marks, for with them it may be another character (↮ is ↔ and a stroke).
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
