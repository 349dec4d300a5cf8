import { MAX_TICKETS_PER_PERSON, type NewTicket } from '../tickets.ts';
import type { Connection } from './connection.ts';

/** Each new ticket deletes up to this many expired tickets. */
const SWEPT = 20;

/**
 * Stores a ticket; false, and nothing is stored, if the person has too many unused tickets. In the caller's
 * transaction.
 */
export function issueTicket(connection: Connection, { hash, person, identity, ms }: NewTicket): boolean {
  const now = Date.now();
  connection.run(
    'delete from tickets where hash in (select hash from tickets where until_ms <= ? order by until_ms limit ?)',
    now,
    SWEPT,
  );
  const unused = connection.get(
    'select count(*) as n from tickets where person = ? and until_ms > ?',
    person,
    now,
  );
  if (Number(unused?.n) >= MAX_TICKETS_PER_PERSON) return false;
  connection.run('insert into tickets values (?, ?, ?, ?)', hash, person, identity, now + ms);
  return true;
}

/** Removes a ticket and returns its identity. In the caller's transaction. */
export function redeemTicket(connection: Connection, hash: string): string | undefined {
  const [row] = connection.all('delete from tickets where hash = ? returning identity, until_ms', hash);
  return row !== undefined && Number(row.until_ms) > Date.now() ? String(row.identity) : undefined;
}
