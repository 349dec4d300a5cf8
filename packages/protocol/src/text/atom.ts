import { safeHref, withoutTrailing } from './link.ts';
import { mentionIn } from './mention.ts';
import { characterBefore, isOfWord } from './scripts.ts';
import type { Inline } from './tokens.ts';

/** The inline element at a position of a text, and its length. */
export interface Atom {
  token: Inline;
  length: number;
  /** Characters before the position that belong to it. */
  before?: number;
}

const ESCAPED = /\\([\\`*_~[\]()<>@#+\-.!|{}:])/y;
const LINK =
  /\[((?:[^[\]\\]|\\.){1,1000})\]\(<?([^\s()<>]{0,2048}(?:\([^\s()<>]{0,2048}\)[^\s()<>]{0,2048}){0,3})>?\)/y;
const ANGLED = /<((?:https?:\/\/|mailto:)[^\s<>]{1,2048}|[\w.+-]{1,64}@[\w.-]{1,255})>/iy;
const ADDRESS = /(?:https?:\/\/|mailto:)[^\s<>"]{1,2048}/iy;
const MAILBOX = /[\w.+-]{1,64}$/;
const DOMAIN = /@((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?![\w-])/iy;

/** A character escaped by a backslash. */
export function escapedAt(text: string, at: number): Atom | undefined {
  const found = match(ESCAPED, text, at);
  return found && { token: { type: 'text', text: found[1] ?? '' }, length: 2 };
}

/** `[text](address)`; `contentOf` parses its text. Only http, https and mailto addresses make a link. */
export function linkAt(text: string, at: number, contentOf: (text: string) => Inline[]): Atom | undefined {
  const found = match(LINK, text, at);
  const href = safeHref(found?.[2] ?? '');
  if (found === undefined || href === undefined) return undefined;
  return { token: { type: 'link', href, content: contentOf(found[1] ?? '') }, length: found[0].length };
}

/** `<address>`, of a page or a mailbox. */
export function angledAt(text: string, at: number): Atom | undefined {
  const found = match(ANGLED, text, at);
  const address = found?.[1] ?? '';
  const href = safeHref(/^[a-z]+:/i.test(address) ? address : `mailto:${address}`);
  return found && href ? { token: link(href, address), length: found[0].length } : undefined;
}

/** A bare address, without the punctuation of the sentence around it. */
export function addressAt(text: string, at: number): Atom | undefined {
  const found = isOfWord(characterBefore(text, at)) ? undefined : match(ADDRESS, text, at);
  if (found === undefined) return undefined;
  const written = withoutTrailing(found[0]);
  const href = safeHref(written);
  if (href !== undefined) return { token: link(href, written), length: written.length };
  // Skip it as a whole: an invalid address is not parsed again from each position inside it.
  return { token: { type: 'text', text: found[0] }, length: found[0].length };
}

/** A mailbox whose local part is the end of the plain text before it. */
export function mailboxAt(text: string, at: number, plain: string): Atom | undefined {
  const domain = match(DOMAIN, text, at);
  const mailbox = domain && MAILBOX.exec(plain.slice(-64))?.[0];
  if (domain === undefined || mailbox === undefined) return undefined;
  const address = mailbox + domain[0];
  return { token: link(`mailto:${address}`, address), length: domain[0].length, before: mailbox.length };
}

/** `@name`; `emphasis` as {@link mentionIn} takes it. */
export function mentionAt(text: string, at: number, emphasis: number): Atom | undefined {
  const found = mentionIn(text, at, emphasis);
  return found === undefined ? undefined : { token: { type: 'mention', text: found }, length: found.length };
}

/**
 * Returns a function that finds code spans at ascending positions of a text; each run of backticks is examined once.
 */
export function codeIn(text: string): (at: number) => Atom | undefined {
  /** Positions of the runs of each length, the last first. */
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of [...text.matchAll(/`+/g)].reverse()) {
    const places = runs.get(run.length);
    if (places) places.push(index);
    else runs.set(run.length, [index]);
  }
  return (at) => {
    const length = runLength(text, at);
    const ends = runs.get(length) ?? [];
    while (ends.length > 0 && (ends.at(-1) ?? 0) <= at) ends.pop();
    const end = ends.at(-1);
    if (end === undefined) return undefined;
    const inner = text.slice(at + length, end);
    // A space on both sides allows code to begin with a backtick.
    const padded = inner.startsWith(' ') && inner.endsWith(' ') && inner.trim() !== '';
    return {
      token: { type: 'code', text: padded ? inner.slice(1, -1) : inner },
      length: end + length - at,
    };
  };
}

/** Length of the run of equal characters that starts at a position. */
export function runLength(text: string, at: number): number {
  let length = 1;
  while (text.charAt(at + length) === text.charAt(at)) length++;
  return length;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function link(href: string, address: string): Inline {
  return { type: 'link', href, content: [{ type: 'text', text: address }] };
}
