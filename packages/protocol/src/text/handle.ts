import { MAX_NAME_LENGTH } from '../name-length.ts';

const OTHERS = /[^\p{L}\p{M}\p{N}_.-]+/gu;
const ENDS = /^[-.]+|[-.]+$/g;
/** Invisible, and not typed by people who read the name: includes joiners of Persian and Indic scripts. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}+/gu;

/**
 * The handle of a name, as written after an `@`: "Ada Lovelace" is `ada-lovelace`. Empty if no character can be used.
 */
export function handleOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().replace(UNSEEN, '').replace(OTHERS, '-');
  // Some characters become many when normalized (U+FDFA: 18).
  return plain.slice(0, MAX_NAME_LENGTH).toWellFormed().replace(ENDS, '');
}

/** The handles by which a text mentions a person: from the name, and from the id. */
export function handlesOf({ id, name }: { readonly id: string; readonly name: string }): string[] {
  return [...new Set([handleOf(name), handleOf(id)])].filter((handle) => handle !== '');
}
