/** Tables: how far each person has read. */
export const READS = `
  create table reads (
    person text collate "C" not null,
    channel_id bigint not null,
    seq bigint not null,
    primary key (person, channel_id)
  ) with (fillfactor = 50);
  `;
