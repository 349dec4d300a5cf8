/** Sets of characters, for the brackets of a regular expression in `v` mode. */

/** Scripts that put no space between words. */
const SCRIPTS_WITHOUT_SPACES =
  '\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}';

/** Letters of scripts that put no space between words. */
export const UNSPACED_LETTERS = `[[${SCRIPTS_WITHOUT_SPACES}]&&\\p{L}]`;

/** Hangul: Korean puts spaces between words, but appends particles to their end. */
export const HANGUL_LETTERS = '[\\p{sc=Hang}&&\\p{L}]';

const OF_WORD = new RegExp(`[[\\p{L}\\p{M}\\p{N}]--[${SCRIPTS_WITHOUT_SPACES}\\p{sc=Hang}]]`, 'v');

/**
 * Whether a character belongs to a word of a script with spaces, so that its neighbour is inside a word. Letters of
 * scripts without spaces, and Korean letters, do not count: a mark or a mention may follow them without a space.
 */
export function isOfWord(character: string): boolean {
  return OF_WORD.test(character);
}

/** The character before a position; both halves of a surrogate pair. */
export function characterBefore(text: string, at: number): string {
  const isLow = (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
  return text.slice(Math.max(0, at - (isLow ? 2 : 1)), at);
}

/** The character at a position; empty at the end. */
export function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
