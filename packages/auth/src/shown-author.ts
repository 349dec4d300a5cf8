import { type Author, displayName } from '@carillon/protocol';

/** The display name of a person without a displayable name. */
export const NAMELESS = 'Somebody';

/** The author with a displayable name: an old cookie or token may hold a name that is no longer allowed. */
export function shownAuthor({ id, name }: Author): Author {
  const read = displayName.safeParse(name);
  return { id, name: read.success ? read.data : NAMELESS };
}
