/** Tables: the full-text index. */
export const SEARCH = 'select 1';
