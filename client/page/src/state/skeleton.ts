/**
 * What is left of a name where each character is the one it looks like: names that look the same have the same skeleton (UTS 39, 4).
 * Case is kept: A and a do not look alike.
 */
export type Skeleton = (name: string) => string;

/** Which ASCII characters look like others, of Unicode's confusables: for names of ASCII it is all there is. */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  '0': 'O',
  '1': 'l',
  '`': "'",
  '"': "''",
  '|': 'l',
  I: 'l',
  '%': 'º/₀',
  m: 'rn',
};
const ALIKE = /[01`"|I%m]/g;

const IGNORED = /\p{Default_Ignorable_Code_Point}+/gu;

/** The skeleton as far as ASCII goes. The rest of Unicode's list is larger than half the page. */
export const asciiSkeleton: Skeleton = (name) =>
  plain(name).replace(ALIKE, (character) => LOOKS_LIKE[character] ?? character);

/** Fetches all of Unicode's list. */
export async function loadSkeleton(): Promise<Skeleton> {
  const { default: unhomoglyph } = await import('unhomoglyph');
  return (name) => unhomoglyph(plain(name)).normalize('NFD');
}

/** Whether the skeleton of this name needs more than ASCII. */
export const isBeyondAscii = (name: string): boolean => /[^\x20-\x7e]/.test(name);

/** By compatibility, too: of some forms of width the list has only a part. */
const plain = (name: string) =>
  name.normalize('NFKC').normalize('NFD').replace(IGNORED, '').replace(/\s+/g, ' ').trim();
