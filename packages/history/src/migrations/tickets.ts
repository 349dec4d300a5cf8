/** Tables: single-use tickets for streams. A ticket itself is nowhere, only its hash. */
export const TICKETS = `
  create table tickets (
    hash text collate "C" primary key,
    person text collate "C" not null,
    identity text not null,
    until_ms bigint not null
  );
  create index tickets_person on tickets (person, until_ms);
  create index tickets_until on tickets (until_ms);
`;
