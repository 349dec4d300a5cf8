/**
 * Tables: the full-text index. `unindexed` is "its cursor here is behind its head", and its index holds only the channels that
 * have something to do: a post sets what is set already, and touches no index.
 */
export const SEARCH = `
  alter table channels add column unindexed boolean not null default true;
  create index channels_unindexed on channels (id) where unindexed;
  create table search_cursors (
    channel_id bigint primary key,
    seq bigint not null
  ) with (fillfactor = 50);
  create table search_entries (
    channel_id bigint not null,
    seq bigint not null,
    author_id text collate "C" not null,
    created_ms bigint not null,
    words tsvector not null,
    primary key (channel_id, seq)
  );
  create index search_entries_words on search_entries using gin (words) with (gin_pending_list_limit = 256);
  `;
