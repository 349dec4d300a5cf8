import type { Author } from '@carillon/client';

/** How many colours there are; the style sheet has one for each. */
const HUES = 8;

/** A person's initials in a colour of their own. The name stands beside it. */
export function Avatar({ author }: { author: Author }) {
  return (
    <span class={`avatar hue-${hueOf(`${author.id} ${author.name}`)}`} aria-hidden="true">
      {initials(author.name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('');
}

function hueOf(text: string): number {
  // FNV-1a; its high bits are the well mixed ones.
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 16) % HUES;
}
