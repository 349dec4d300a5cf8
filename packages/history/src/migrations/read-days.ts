/**
 * How long a read cursor is kept: the day (since 1970) after which it goes, moved on with it. By the day, so that a cursor that
 * moves all the time touches its index once a day. Those that are there count as guests' that moved today.
 */
export const READ_DAYS = `
  alter table reads add column until_day bigint not null default 0;
  update reads set until_day = (extract(epoch from clock_timestamp()) / 86400)::int8 + 30;
  create index reads_until on reads (until_day);
  `;
