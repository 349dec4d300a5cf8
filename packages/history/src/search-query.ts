import { wordsOf } from './search-words.ts';

/** Longer than anybody types, UTF-16 units. */
export const MAX_QUERY_LENGTH = 256;

/** Each word is looked up in the index. */
const MAX_QUERY_WORDS = 24;

/** A shorter prefix would match every tenth word. */
const MIN_PREFIX_LENGTH = 2;

/** Consecutive words; the last one may be a prefix. */
export interface Phrase {
  words: readonly string[];
  prefix: boolean;
}

/** A phrase that a text must contain or, with `without`, must not contain. */
export interface Term extends Phrase {
  without: boolean;
}

/** A parsed query. */
export interface SearchQuery {
  /**
   * A text matches if it satisfies all terms of one alternative. Each alternative has a term that is not `without`. The
   * words contain no quotes and no backslashes.
   */
  alternatives: readonly (readonly Term[])[];
  /** The phrases that a matching text may contain, for highlighting. */
  phrases: readonly Phrase[];
}

/** The query cannot be searched for; the message says why, for its author. */
export class UnsearchableQuery extends Error {}

/**
 * Parses a query like search engines do: all words are required, `"in this order"`, `-without`, `this or that` (which
 * binds less than the space between words). Parts written together (`well-known`, `example.com`) form a phrase. The
 * last word is a prefix while it is being typed, until a space or a quote follows. A Korean word always is, because
 * particles are appended to it.
 *
 * @throws UnsearchableQuery
 */
export function readQuery(query: string): SearchQuery {
  const alternatives = alternativesOf(query);
  const count = alternatives.flat().reduce((sum, { words }) => sum + words.length, 0);
  if (count === 0) throw new UnsearchableQuery('must have a word to search for');
  if (count > MAX_QUERY_WORDS) throw new UnsearchableQuery(`must have at most ${MAX_QUERY_WORDS} words`);
  // Everything except texts with a word is almost everything.
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

/** A phrase in quotes (the closing quote may be missing), or text between spaces; with or without a minus before it. */
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
