/**
 * Parses a message's text: its Markdown and whom it mentions. The page renders it and the server notifies people by it,
 * so both must agree. No dependencies, because the page loads it.
 */
export { blocksOf } from './blocks.ts';
export { handleOf, handlesOf } from './handle.ts';
export { readingsOf } from './mention.ts';
export { mentionsOf } from './mentioned.ts';
export { HANGUL_LETTERS, UNSPACED_LETTERS } from './scripts.ts';
export type { Block, Inline } from './tokens.ts';
