/** Tables: how far each person has read. */
export const READS = 'select 1';
