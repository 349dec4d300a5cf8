/** Tables: edits, deletions, reactions, mentions. */
export const CHANGES = 'select 1';
