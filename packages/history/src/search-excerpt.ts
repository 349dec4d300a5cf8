import type { Phrase } from './search-query.ts';
import { MAX_SEARCHED_LENGTH, type Word, wordsIn } from './search-words.ts';

/** A piece of a text. The pieces form the excerpt. */
export interface Segment {
  text: string;
  /** Set if the piece matches the query. */
  match?: true;
}

/** UTF-16 units of an excerpt: three lines of a phone. */
const EXCERPT_LENGTH = 240;

/** Text before the first match, to show its context. */
const LEAD_LENGTH = 60;

const CUT = '…';

/**
 * The excerpt around the first match of `phrases` in the searched part of `text`, or its beginning, with the matches
 * marked; a cut end has a "…". Never markup: pieces of the original text.
 */
export function excerptOf(text: string, phrases: readonly Phrase[]): Segment[] {
  const words = wordsAround(text, phrases);
  const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text);
  /** Where the character at this position begins. */
  const begin = (at: number) => characters.containing(at)?.index ?? text.length;
  /** Where the character at this position ends, if the position is inside one. */
  const finish = (at: number) => {
    const found = characters.containing(at);
    return found === undefined || found.index === at ? at : found.index + found.segment.length;
  };

  const matches = rangesOf(words, phrases);
  const first = matches[0]?.[0] ?? 0;
  const start = text.length <= EXCERPT_LENGTH ? 0 : begin(startOf(words, first));
  const end = text.length - start <= EXCERPT_LENGTH ? text.length : begin(start + EXCERPT_LENGTH);

  const segments: Segment[] = [];
  const add = (from: number, to: number, match: boolean) => {
    if (to <= from) return;
    segments.push(match ? { text: text.slice(from, to), match } : { text: text.slice(from, to) });
  };
  let at = start;
  for (const [from, to] of matches) {
    // A long text can have thousands.
    if (from >= end) break;
    const matchStart = Math.max(begin(from), at);
    const matchEnd = Math.min(finish(to), end);
    if (matchEnd <= matchStart) continue;
    add(at, matchStart, false);
    add(matchStart, matchEnd, true);
    at = matchEnd;
  }
  add(at, end, false);
  if (start > 0) segments.unshift({ text: CUT });
  if (end < text.length) segments.push({ text: CUT });
  return segments;
}

/** The words of a text up to a little after the first match: the rest cannot be in the excerpt. */
function wordsAround(text: string, phrases: readonly Phrase[]): Word[] {
  const words: Word[] = [];
  let enough = MAX_SEARCHED_LENGTH;
  for (const word of wordsIn(text.slice(0, MAX_SEARCHED_LENGTH))) {
    if (word.start > enough) break;
    words.push(word);
    if (enough < MAX_SEARCHED_LENGTH) continue;
    const ends = phrases.some((phrase) => standsAt(words, words.length - phrase.words.length, phrase));
    if (ends) enough = word.end + EXCERPT_LENGTH;
  }
  return words;
}

/** The beginning of a word a little before `first`, or of the text. */
function startOf(words: readonly Word[], first: number): number {
  const earliest = first - LEAD_LENGTH;
  if (earliest <= 0) return 0;
  return words.find(({ start }) => start >= earliest)?.start ?? earliest;
}

/** The ranges of the phrases in order; ranges that touch or overlap are merged. */
function rangesOf(words: readonly Word[], phrases: readonly Phrase[]): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (let index = 0; index < words.length; index++) {
    let length = 0;
    for (const phrase of phrases) {
      if (phrase.words.length > length && standsAt(words, index, phrase)) length = phrase.words.length;
    }
    const from = words[index]?.start;
    const to = words[index + length - 1]?.end;
    if (length === 0 || from === undefined || to === undefined) continue;
    const last = ranges.at(-1);
    if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
    else ranges.push([from, to]);
  }
  return ranges;
}

function standsAt(words: readonly Word[], index: number, phrase: Phrase): boolean {
  const last = phrase.words.length - 1;
  return phrase.words.every((wanted, offset) => {
    const word = words[index + offset]?.word;
    return word === wanted || (phrase.prefix && offset === last && word?.startsWith(wanted) === true);
  });
}
