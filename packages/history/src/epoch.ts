import { randomInt } from 'node:crypto';
import type { Row } from './database.ts';

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
  await execute(
    `insert into meta values ('epoch', '${newEpoch()}'), ('place', '${place}') on conflict do nothing`,
  );
  const [known] = await execute(`select value from meta where name = 'place'`);
  if (known?.value === place) return;
  await execute(`update meta set value = '${newEpoch()}' where name = 'epoch'`);
  await execute(`update meta set value = '${place}' where name = 'place'`);
}

function newEpoch(): string {
  return Array.from({ length: LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
}
