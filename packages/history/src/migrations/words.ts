/**
 * Has the index made anew, since its words are made in another way: `version` is the words' (search-words.ts). Each channel is read
 * from its beginning again, in the background, and its entries are replaced one by one; until then they are found by their old words.
 *
 * Nodes of the version before may still run. They know the old words, so what they would write into the index is refused, and the nodes
 * that know the new ones do it: those say which they know in `carillon.words`. Rows are locked in the order in which others lock them:
 * channels by name, cursors, entries.
 */
export const remakeIndex = (version: number): string => `
  with locked as materialized (select id from channels where not unindexed order by name for update)
  update channels c set unindexed = true from locked l where c.id = l.id;
  lock table search_cursors in exclusive mode;
  update search_cursors set seq = 0;
  create or replace function expect_words() returns trigger language plpgsql as $$
  begin
    if current_setting('carillon.words', true) is distinct from '${version}' then
      raise exception 'this version of Carillon makes other words than the index has';
    end if;
    return null;
  end $$;
  drop trigger if exists search_entries_words_version on search_entries;
  create trigger search_entries_words_version before insert on search_entries
    for each statement execute function expect_words();
  `;
