import { randomInt } from 'node:crypto';
import type { Row } from './database.ts';

/** More than nodes have seen of it, whatever was lost: none of them takes what a copy says of who may do what for what it knows. */
export const ACCESS_VERSIONS = 1_000_000;

const LENGTH = 8;
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Gives a store its epoch, and another where it lies elsewhere than when it was last opened: it is a copy then, from a dump or
 * of its files. What it commits from now on takes seqs that the original gave to other events, so every cursor of the
 * original has to be void here, and readers are told so by `reset`.
 *
 * @param execute runs plain SQL in the transaction that brings the schema up to date; `meta` is there.
 * @param place where the data lies, by the database's own account: letters, digits and full stops.
 */
export async function keepEpoch(execute: (sql: string) => Promise<Row[]>, place: string): Promise<void> {
  const known = await execute(
    `select 1 from meta p, meta e where p.name = 'place' and p.value = '${place}' and e.name = 'epoch'`,
  );
  if (known.length > 0) return;
  await execute(`
    insert into meta values ('epoch', '${newEpoch()}'), ('place', '${place}')
    on conflict (name) do update set value = excluded.value`);
  await execute(`update meta set value = (value::int8 + ${ACCESS_VERSIONS})::text where name = 'access'`);
}

/** A store's name for this life of its data: 8 letters and digits. */
export function newEpoch(): string {
  return Array.from({ length: LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
}
