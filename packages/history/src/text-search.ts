import type { SearchQuery, Term } from './search-query.ts';
import type { Word } from './search-words.ts';

/** PostgreSQL does not distinguish larger positions. */
const MAX_POSITION = 16_383;

/** Formats words as a PostgreSQL `tsvector`; `more` are words without a position in the text. */
export function vectorOf(words: readonly Word[], more: readonly string[] = []): string {
  const positions = new Map<string, string>();
  for (const [index, { word }] of words.entries()) {
    const position = String(Math.min(index + 1, MAX_POSITION));
    const known = positions.get(word);
    positions.set(word, known === undefined ? position : `${known},${position}`);
  }
  const positioned = Array.from(positions, ([word, positions]) => `'${word}':${positions}`);
  return [...positioned, ...more.map((word) => `'${word}'`)].join(' ');
}

/** Formats a query as a PostgreSQL `tsquery`. */
export function tsqueryOf({ alternatives }: SearchQuery): string {
  return alternatives.map((terms) => `(${terms.map(termText).join(' & ')})`).join(' | ');
}

function termText({ words, prefix, without }: Term): string {
  const quoted = words.map((word) => `'${word}'`).join(' <-> ');
  return `${without ? '!' : ''}(${quoted}${prefix ? ':*' : ''})`;
}
