import { type Author, displayName } from '@carillon/protocol';

/** What somebody is called of whose name nothing can be shown. */
export const NAMELESS = 'Somebody';

/** The author by a name that may be shown: a cookie or a token may be of a time when names could be others. */
export function shownAuthor({ id, name }: Author): Author {
  const read = displayName.safeParse(name);
  return { id, name: read.success ? read.data : NAMELESS };
}
