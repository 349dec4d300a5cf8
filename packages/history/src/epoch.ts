import { randomInt } from 'node:crypto';
import type { Row } from './database.ts';

/**
 * More than nodes can have seen, whatever was lost: no node takes the access version of a copy for one that it knows.
 */
export const ACCESS_VERSIONS = 1_000_000;

const LENGTH = 8;
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Sets the store's epoch, and changes it if the data's location has changed since it was last opened: then the store is
 * a copy, from a dump or of its files. Its commits reuse seqs that the original gave to other events, so every cursor
 * of the original must become invalid, and readers get a `reset`.
 *
 * @param execute runs plain SQL in the transaction that migrates the schema; `meta` exists.
 * @param location the location of the data, reported by the database: letters, digits and full stops.
 */
export async function keepEpoch(execute: (sql: string) => Promise<Row[]>, location: string): Promise<void> {
  const known = await execute(
    `select 1 from meta p, meta e where p.name = 'place' and p.value = '${location}' and e.name = 'epoch'`,
  );
  if (known.length > 0) return;
  await execute(`
    insert into meta values ('epoch', '${newEpoch()}'), ('place', '${location}')
    on conflict (name) do update set value = excluded.value`);
  await execute(`update meta set value = (value::int8 + ${ACCESS_VERSIONS})::text where name = 'access'`);
}

/** A random name for this life of the data: 8 letters and digits. */
export function newEpoch(): string {
  return Array.from({ length: LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
}
