import {
  type Author,
  displayName,
  type Grants,
  grants,
  MAX_NAME_LENGTH,
  MAX_RAW_NAME_LENGTH,
  shownName,
  unstorable,
} from '@carillon/protocol';
import { z } from 'zod';
import { NAMELESS } from './shown-author.ts';

/** The claims of a token that Carillon reads. */
export interface Claims {
  author: Author;
  /** Undefined if the token has no claim `carillon`. */
  grants: Grants | undefined;
}

/** Ids of authors that are not people: a token must not speak in their name. */
const RESERVED_IDS: readonly string[] = ['guest', 'admin', 'hello-bot', 'carillon-checks'];

const MAX_ID_LENGTH = 128;

/** A stable id at the provider. It appears in logs, in the store and, escaped, in URLs. */
const subject = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .refine((sub) => !/\p{C}/u.test(sub) && unstorable(sub) === undefined, 'must be printable')
  .refine((sub) => sub.trim() === sub, 'must not begin or end with a space')
  .refine((sub) => !RESERVED_IDS.includes(sub), 'is reserved');

const claims = z.object({
  sub: subject,
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
  carillon: z
    .object({
      subscribe: grants.shape.subscribe.default([]),
      publish: grants.shape.publish.default([]),
      moderate: grants.shape.moderate.default([]),
    })
    .optional(),
});

/** Reads the claims of a token whose signature was verified; undefined if they are not valid. */
export function readClaims(payload: unknown): Claims | undefined {
  const read = claims.safeParse(payload);
  if (!read.success) return undefined;
  const { sub, name, preferred_username, carillon } = read.data;
  return {
    author: { id: sub, name: shown(name) ?? shown(preferred_username) ?? shown(sub) ?? NAMELESS },
    grants: carillon,
  };
}

/**
 * A name that can be displayed: on one line, and not longer than other names. The person cannot correct what the
 * provider sends.
 */
function shown(name = ''): string | undefined {
  const line = shownName(
    name
      .slice(0, MAX_RAW_NAME_LENGTH)
      .toWellFormed()
      .replaceAll(/\p{Cc}+/gu, ' '),
  );
  let cut = '';
  for (const character of line) {
    if (cut.length + character.length > MAX_NAME_LENGTH) break;
    cut += character;
  }
  const read = displayName.safeParse(cut);
  return read.success ? read.data : undefined;
}
