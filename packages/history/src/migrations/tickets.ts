/** Tables: single-use tickets for streams. */
export const TICKETS = 'select 1';
