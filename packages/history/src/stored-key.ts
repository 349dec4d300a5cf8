import type { Draft } from './history.ts';

/** No key has it: they are printable. */
const BEFORE_SCOPE = '\n';

/** A draft's key as it is kept: with its scope, so that the index on the keys of an author tells scopes apart. */
export function storedKey({ key, keyScope }: Pick<Draft, 'key' | 'keyScope'>): string | undefined {
  return key === undefined || keyScope === undefined ? key : `${key}${BEFORE_SCOPE}${keyScope}`;
}

/** The key that the caller gave, out of the one that is kept. Its scope is nobody's business. */
export function toldKey(stored: string): string {
  const cut = stored.indexOf(BEFORE_SCOPE);
  return cut === -1 ? stored : stored.slice(0, cut);
}
