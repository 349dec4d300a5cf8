import type { Author } from '@carillon/client';

/** The handles by which `@…` means a person: of the name, and the id. In lower case. */
export function handlesOf({ id, name }: Author): ReadonlySet<string> {
  return new Set([handleOf(name), id.toLowerCase()].filter((handle) => handle !== ''));
}

/** The handle of a name, as the server makes it: what is not of a handle becomes a hyphen. */
function handleOf(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
}
