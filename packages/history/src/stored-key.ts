import type { Draft } from './history.ts';

/** Separator: keys are printable, so no key contains it. */
const BEFORE_SCOPE = '\n';

/** A draft's key as it is stored: including its scope, so that the index on the keys of an author separates scopes. */
export function storedKey({ key, keyScope }: Pick<Draft, 'key' | 'keyScope'>): string | undefined {
  return key === undefined || keyScope === undefined ? key : `${key}${BEFORE_SCOPE}${keyScope}`;
}

/** The caller's key, extracted from a stored key. The scope is not disclosed. */
export function callerKey(stored: string): string {
  const cut = stored.indexOf(BEFORE_SCOPE);
  return cut === -1 ? stored : stored.slice(0, cut);
}
