import { MAX_NAME_LENGTH } from '../name-length.ts';
import { handleOf } from './handle.ts';
import { characterAt, characterBefore, isOfWord } from './scripts.ts';

/**
 * One interpretation of a mention: its first `length` UTF-16 units, including the `@`, mention everybody with this
 * handle.
 */
export interface Reading {
  handle: string;
  length: number;
}

/**
 * Limit per mention, because each reading costs a row: the whole, and the first positions where a name may end inside
 * it.
 */
export const MAX_READINGS = 4;

/** The characters of a handle. Marks are parts of letters in many scripts (Devanagari, Thai). */
const CHARACTER = '\\p{L}\\p{M}\\p{N}_';
/**
 * Also allowed inside a handle: joiners, which Persian and Indic scripts write within a word. Not at its end, where a
 * full stop ends the sentence.
 */
const WITHIN = `${CHARACTER}.\\-\\u200c\\u200d`;

/**
 * The sign that starts a mention: also full-width and small forms, as Chinese and Japanese input methods produce them.
 * For a regular expression's brackets.
 */
export const AT_SIGNS = '@\\uff20\\ufe6b';

const MENTION = new RegExp(
  `[${AT_SIGNS}][${CHARACTER}](?:[${WITHIN}]{0,${MAX_NAME_LENGTH - 2}}[${CHARACTER}])?`,
  'uy',
);

/**
 * The mention that starts at a position of a text, as written; undefined if there is none: after a letter or digit
 * (`ada@example`), except letters of scripts without spaces, or after underscores that follow a letter or digit.
 *
 * @param emphasis how many underscores would close an emphasis that was opened before, 0 for none: they do not belong
 * to the name.
 */
export function mentionIn(text: string, at: number, emphasis = 0): string | undefined {
  MENTION.lastIndex = at;
  const found = MENTION.exec(text)?.[0];
  if (found === undefined) return undefined;
  let before = at;
  while (text.charAt(before - 1) === '_') before--;
  if (isOfWord(characterBefore(text, before))) return undefined;
  if (emphasis === 0) return found;
  for (const { 0: run, index } of found.matchAll(/_+/g)) {
    const ends = run.length >= emphasis && index > 1 && !isOfWord(characterAt(text, at + index + run.length));
    if (ends) return found.slice(0, index);
  }
  return found;
}

/**
 * The readings of a mention (with its `@`), the shortest first. A name ends where the script changes to or from a
 * script without spaces (`@adaさん`, `@田中さん`, `@ada은`), or before a Korean ending (`@민수님이`), because no space is written
 * there. So a mention has each of these readings and the whole, at most {@link MAX_READINGS}.
 */
export function readingsOf(mention: string): Reading[] {
  const ends = new Set<number>();
  for (const end of [...changesOfScript(mention), mention.length]) {
    for (const shorter of withoutEndings(mention.slice(0, end))) ends.add(shorter);
    ends.add(end);
  }
  const shortest = [...ends].sort((a, b) => a - b);
  const lengths =
    shortest.length <= MAX_READINGS ? shortest : [...shortest.slice(0, MAX_READINGS - 1), mention.length];
  const readings = new Map<string, Reading>();
  for (const length of lengths) {
    const handle = handleOf(mention.slice(1, length));
    if (handle !== '' && !readings.has(handle)) readings.set(handle, { handle, length });
  }
  return [...readings.values()];
}

const LETTER = /[\p{L}\p{N}]/gu;
const APART = ['Hang', 'Hani', 'Hira', 'Kana', 'Thai', 'Laoo', 'Khmr', 'Mymr'].map(
  (script) => new RegExp(`\\p{sc=${script}}`, 'u'),
);
/** Letters of several scripts: the sign for a long vowel in kana. */
const OF_SEVERAL = /[\p{sc=Common}&&\p{L}]/v;

/** Positions where the script changes and one of the two scripts is in `APART`. */
function changesOfScript(mention: string): number[] {
  const changes: number[] = [];
  let last: number | undefined;
  for (const { 0: letter, index } of mention.matchAll(LETTER)) {
    if (OF_SEVERAL.test(letter)) continue;
    // Digits go with any script; alone they count as a script with spaces.
    const isDigit = /\p{N}/u.test(letter) && !/\p{sc=Hani}/u.test(letter);
    const script = APART.findIndex((each) => each.test(letter));
    if (isDigit && last !== undefined) continue;
    if (last !== undefined && script !== last) changes.push(index);
    last = script;
    if (changes.length === MAX_READINGS - 1) break;
  }
  return changes;
}

/** After at least two syllables, as names have: Korean particles, and the honorifics before them. */
const ENDING =
  /(?<=\p{sc=Hang}{2})(?:이랑|랑|에게서|에게|께서|께|한테|에서|에|으로|로|부터|까지|처럼|보다|하고|은|는|이|가|을|를|의|와|과|도|만|아|야)$/u;
const HONORIFIC = /(?<=\p{sc=Hang}{2})(?:님|씨)$/u;

/** Lengths of a Korean word without its endings. */
function withoutEndings(word: string): number[] {
  const stem = word.replace(ENDING, '');
  return [stem, stem.replace(HONORIFIC, ''), word.replace(HONORIFIC, '')]
    .map(({ length }) => length)
    .filter((length) => length < word.length);
}
