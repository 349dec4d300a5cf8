import { MAX_NAME_LENGTH } from '../name-length.ts';

const OTHERS = /[^\p{L}\p{M}\p{N}_.-]+/gu;
const ENDS = /^[-.]+|[-.]+$/g;
/** Not seen, and not typed by whoever reads the name: joiners of Persian and of Indic scripts among them. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}+/gu;

/** What a name is called by in a text, behind an `@`: "Ada Lovelace" is `ada-lovelace`. Empty where nothing of it can be. */
export function handleOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().replace(UNSEEN, '').replace(OTHERS, '-');
  // Some characters are many once they are normalised (U+FDFA: 18).
  return plain.slice(0, MAX_NAME_LENGTH).toWellFormed().replace(ENDS, '');
}

/** The handles by which a text mentions somebody: of the name, and of the id. */
export function handlesOf({ id, name }: { readonly id: string; readonly name: string }): string[] {
  return [...new Set([handleOf(name), handleOf(id)])].filter((handle) => handle !== '');
}
