/**
 * Tables: who may use a channel, mutes and bans, revocations, what moderators did. Settings lie beside `channels`, whose rows
 * each post rewrites; a channel without a row here is public, with no topic. In `sanctions` the channel '' is everywhere; in
 * `revocations` the session '' is all that were issued before `before_ms`.
 */
export const ACCESS = `
  create table channel_settings (
    channel_id bigint primary key,
    visibility text collate "C" not null,
    topic text not null,
    archived_ms bigint,
    created_by_id text collate "C",
    created_by_name text,
    created_ms bigint
  );
  create table channel_members (
    channel_id bigint not null,
    person_id text collate "C" not null,
    person_name text not null,
    role text collate "C" not null,
    since_ms bigint not null,
    primary key (channel_id, person_id)
  );
  create index channel_members_person on channel_members (person_id, channel_id);
  create table sanctions (
    person_id text collate "C" not null,
    channel text collate "C" not null,
    kind text collate "C" not null,
    until_ms bigint not null,
    reason text not null,
    rank bigint not null,
    by_id text collate "C" not null,
    by_name text not null,
    created_ms bigint not null,
    primary key (person_id, channel, kind)
  );
  create index sanctions_channel on sanctions (channel, kind, person_id);
  create index sanctions_until on sanctions (until_ms);
  create table revocations (
    person_id text collate "C" not null,
    session text collate "C" not null,
    before_ms bigint not null,
    until_ms bigint not null,
    primary key (person_id, session)
  );
  create index revocations_until on revocations (until_ms);
  create table audit (
    id bigint generated always as identity primary key,
    at_ms bigint not null,
    by_id text collate "C" not null,
    by_name text not null,
    act text collate "C" not null,
    channel text collate "C",
    person_id text collate "C",
    details text not null
  );
  create index audit_channel on audit (channel, id) where channel is not null;
  create index audit_at on audit (at_ms);
  create table access_changes (version bigint primary key, channel text collate "C", person_id text collate "C");
  insert into meta values ('access', '0');
`;
