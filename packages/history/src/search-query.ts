import { wordsOf } from './search-words.ts';

/** Longer than anybody types, UTF-16 units. */
export const MAX_QUERY_LENGTH = 256;

/** Each word is looked up in the index. */
const MAX_QUERY_WORDS = 24;

/** With fewer letters the beginning of a word would be that of every tenth. */
const MIN_PREFIX_LENGTH = 2;

/** Words that stand together; of the last one it may be the beginning only. */
export interface Phrase {
  words: readonly string[];
  prefix: boolean;
}

/** What has to be in a text that is found; where `without`, what must not be. */
export interface Term extends Phrase {
  without: boolean;
}

/** What somebody looks for. */
export interface SearchQuery {
  /** A text is found that has all terms of one of these. Each has a term that is not `without`. The words hold no quote and no backslash. */
  alternatives: readonly (readonly Term[])[];
  /** What a text that is found has, some or all of it: what is shown as found. */
  phrases: readonly Phrase[];
}

/** The query cannot be searched for; the message says why, for who wrote it. */
export class UnsearchableQuery extends Error {}

/**
 * Reads a query as search engines do: all words have to be there, `"in this order"`, `-without`, `this or that` (which binds
 * less than the space between words). What is written together (`well-known`, `example.com`) is a phrase. The last word counts as a
 * beginning while it is typed: unless a space or a quote follows. A Korean word always does, for what follows it is written to it.
 *
 * @throws UnsearchableQuery
 */
export function readQuery(query: string): SearchQuery {
  const alternatives = alternativesOf(query);
  const count = alternatives.flat().reduce((sum, { words }) => sum + words.length, 0);
  if (count === 0) throw new UnsearchableQuery('must have a word to search for');
  if (count > MAX_QUERY_WORDS) throw new UnsearchableQuery(`must have at most ${MAX_QUERY_WORDS} words`);
  // Everything but what has a word is nearly everything.
  if (alternatives.some((terms) => terms.every(({ without }) => without))) {
    throw new UnsearchableQuery(
      'must have, in each alternative, a word to search for besides the excluded words',
    );
  }
  return {
    alternatives,
    phrases: alternatives.flat().filter(({ without }) => !without),
  };
}

/** A phrase in quotes (which may be left open), or what is between spaces; with or without a minus before it. */
const TERMS = /(?<minus>-?)(?:"(?<quoted>[^"]*)(?<closed>"?)|(?<bare>[^\s"]+))/gu;

function alternativesOf(query: string): Term[][] {
  const alternatives: Term[][] = [[]];
  for (const { 0: whole, index, groups = {} } of query.matchAll(TERMS)) {
    const { bare } = groups;
    if (bare !== undefined && /^or$/i.test(whole)) {
      alternatives.push([]);
      continue;
    }
    const words = wordsOf(bare ?? groups.quoted ?? '');
    const last = words.at(-1);
    if (last === undefined) continue;
    const without = groups.minus === '-';
    const typed = bare !== undefined && !without && index + whole.length === query.length;
    alternatives.at(-1)?.push({
      words: words.map(({ word }) => word),
      prefix:
        last.kind === 'korean' || (typed && last.kind === 'run' && last.word.length >= MIN_PREFIX_LENGTH),
      without,
    });
  }
  return alternatives.filter((terms) => terms.length > 0);
}
