import type { Author } from '@carillon/client';

/** As the server reads them; see packages/protocol/src/mention.ts. */
const OTHERS = /[^\p{L}\p{M}\p{N}_.-]+/gu;
const ENDS = /^[-.]+|[-.]+$/g;

/** What a name is called by behind an `@`: "Ada Lovelace" is `ada-lovelace`. */
export function handleOf(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(OTHERS, '-').replace(ENDS, '');
}

/** The handles by which a text mentions somebody: of the name, and of the id. */
export function handlesOf({ id, name }: Author): ReadonlySet<string> {
  return new Set([handleOf(name), handleOf(id)].filter((handle) => handle !== ''));
}
