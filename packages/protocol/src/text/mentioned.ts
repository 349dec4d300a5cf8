import { blocksOf } from './blocks.ts';
import { handleOf } from './handle.ts';
import { AT_SIGNS, readingsOf } from './mention.ts';
import type { Block, Inline } from './tokens.ts';

/** Different mentions in one message: more is a list, and each costs rows. */
export const MAX_MENTIONS = 20;

/** Mentions that are parsed in one text, including repeated names: each takes some microseconds, for every post. */
export const MAX_MENTIONS_READ = 200;

const NOBODY: readonly string[] = Object.freeze([]);
const AT = new RegExp(`[${AT_SIGNS}]`);

/**
 * The handles that a text mentions, without duplicates: of its first {@link MAX_MENTIONS} different mentions, among its
 * first {@link MAX_MENTIONS_READ}. The text is parsed as the page shows it: code, addresses and escaped signs contain
 * no mentions. Linear time.
 */
export function mentionsIn(body: string): readonly string[] {
  return AT.test(body) ? mentionsOf(blocksOf(body)) : NOBODY;
}

/** As {@link mentionsIn}, for a text that is already parsed. */
export function mentionsOf(blocks: readonly Block[]): readonly string[] {
  const handles = new Set<string>();
  const mentions = new Set<string>();
  let read = 0;
  for (const mention of mentionTexts(blocks)) {
    if (read === MAX_MENTIONS_READ) break;
    read += 1;
    const whole = handleOf(mention.slice(1));
    if (mentions.has(whole)) continue;
    mentions.add(whole);
    for (const { handle } of readingsOf(mention)) handles.add(handle);
    if (mentions.size === MAX_MENTIONS) break;
  }
  return [...handles];
}

function* mentionTexts(blocks: readonly Block[]): Generator<string> {
  for (const block of blocks) {
    if (block.type === 'paragraph') yield* inlineMentions(block.content);
    else if (block.type === 'quote') yield* mentionTexts(block.blocks);
    else if (block.type === 'list') for (const item of block.items) yield* mentionTexts(item.blocks);
  }
}

function* inlineMentions(tokens: readonly Inline[]): Generator<string> {
  for (const token of tokens) {
    if (token.type === 'mention') yield token.text;
    else if ('content' in token) yield* inlineMentions(token.content);
  }
}
