import { type Author, MAX_NAME_LENGTH } from './message.ts';

/** People that one message can mention: more is a list, and each costs a row. */
export const MAX_MENTIONS = 20;

/** Mentions that are read of one text, the same name over and over among them: reading one takes a microsecond, on the way of every post. */
export const MAX_MENTIONS_READ = 200;

/** What a handle is made of. Marks are parts of letters in many scripts (Devanagari, Thai). */
const CHARACTERS = '\\p{L}\\p{M}\\p{N}_.\\-';

const OTHERS = new RegExp(`[^${CHARACTERS}]+`, 'gu');
const ENDS = /^[-.]+|[-.]+$/g;

/** Not behind a character of a handle: `ada@example.com` mentions nobody. */
const MENTION = new RegExp(`(?<![${CHARACTERS}])@([${CHARACTERS}]{1,${MAX_NAME_LENGTH}})`, 'gu');

/** What a name is called by in a text, behind an `@`: "Ada Lovelace" is `ada-lovelace`. Empty where nothing of it can be. */
export function handleOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().replace(OTHERS, '-');
  // Some characters are many once they are normalised (U+FDFA: 18).
  return plain.slice(0, MAX_NAME_LENGTH).toWellFormed().replace(ENDS, '');
}

/** The handles by which a text mentions somebody: of the name, and of the id. */
export function handlesOf({ id, name }: Author): string[] {
  return [...new Set([handleOf(name), handleOf(id)])].filter((handle) => handle !== '');
}

const NOBODY: readonly string[] = Object.freeze([]);

/** The handles that a text mentions, each once, the first {@link MAX_MENTIONS}, of its first {@link MAX_MENTIONS_READ} mentions. In time linear to the text. */
export function mentionsIn(body: string): readonly string[] {
  if (!body.includes('@')) return NOBODY;
  const handles = new Set<string>();
  const names = new Set<string>();
  let read = 0;
  for (const [, name = ''] of body.matchAll(MENTION)) {
    if (read === MAX_MENTIONS_READ) break;
    read += 1;
    if (names.has(name)) continue;
    names.add(name);
    const handle = handleOf(name);
    if (handle !== '') handles.add(handle);
    if (handles.size === MAX_MENTIONS) break;
  }
  return [...handles];
}
