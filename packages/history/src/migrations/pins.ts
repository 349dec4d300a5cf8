/** The pinned messages of a channel: `target` is the message's seq, `seq` that of its pin. */
export const PINS = `
  create table pins (
    channel_id bigint not null,
    target bigint not null,
    seq bigint not null,
    author_id text collate "C" not null,
    author_name text not null,
    created_ms bigint not null,
    primary key (channel_id, target)
  );
  `;
