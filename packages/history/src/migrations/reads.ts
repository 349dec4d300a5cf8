/**
 * Tables: how far each person has read. `last_message` is the seq of a channel's newest message: of an event that nothing but
 * a message has, so that a list of channels finds it however many changes came after.
 */
export const READS = `
  create table reads (
    person text collate "C" not null,
    channel_id bigint not null,
    seq bigint not null,
    primary key (person, channel_id)
  ) with (fillfactor = 50);
  alter table channels add column last_message bigint not null default 0;
  update channels set last_message = head;
  `;
