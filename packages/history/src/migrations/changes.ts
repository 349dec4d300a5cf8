/**
 * Edits, deletions, reactions, mentions.
 *
 * Messages and changes share a channel's seqs and lie in two tables: whoever reads messages (a page, the last one, how many
 * are unread) walks over messages alone, however many reactions stand between them.
 *
 * A message keeps its first text in `body`; `edited` is its last one, where there was an edit, and `changed` the seq of its
 * last edit or deletion. Each edit's text is the `body` of its change. A deletion leaves none of these.
 * `reaction_counts` is how many rows of `reactions` there are for an emoji, and since which seq.
 */
export const CHANGES = `
  alter table events
    add column edited text,
    add column edited_ms bigint,
    add column deleted_ms bigint,
    add column changed bigint;
  create table changes (
    channel_id bigint not null,
    seq bigint not null,
    type text collate "C" not null,
    author_id text collate "C" not null,
    author_name text not null,
    created_ms bigint not null,
    target bigint,
    body text,
    detail text,
    primary key (channel_id, seq)
  );
  create index changes_edits on changes (channel_id, target, seq) where type = 'edit';
  create table reactions (
    channel_id bigint not null,
    target bigint not null,
    emoji text collate "C" not null,
    author_id text collate "C" not null,
    author_name text not null,
    seq bigint not null,
    primary key (channel_id, target, emoji, author_id)
  );
  create index reactions_in_order on reactions (channel_id, target, emoji, seq);
  create table reaction_counts (
    channel_id bigint not null,
    target bigint not null,
    emoji text collate "C" not null,
    count bigint not null,
    since bigint not null,
    primary key (channel_id, target, emoji)
  ) with (fillfactor = 50);
  create table mentions (
    channel_id bigint not null,
    seq bigint not null,
    handle text collate "C" not null,
    primary key (channel_id, seq, handle)
  );
  create index mentions_handle on mentions (handle, channel_id, seq);
`;
