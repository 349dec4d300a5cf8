/**
 * What a message's text says: its Markdown and whom it mentions. The page shows by it and the server tells people by it, so that both
 * are the same. No dependency: the page loads it.
 */
export { blocksOf } from './blocks.ts';
export { handleOf, handlesOf } from './handle.ts';
export { readingsOf } from './mention.ts';
export { mentionsOf } from './mentioned.ts';
export { HANGUL_LETTERS, UNSPACED_LETTERS } from './scripts.ts';
export type { Block, Inline } from './tokens.ts';
