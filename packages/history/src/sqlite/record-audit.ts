import type { NewAuditLine } from '../access.ts';
import { AUDIT_MS } from '../access.ts';
import type { Connection } from './connection.ts';

/** Adds an audit line in the transaction of the action: both are committed or neither. */
export function recordAudit(connection: Connection, line: NewAuditLine): void {
  const now = Date.now();
  connection.run('delete from audit where at_ms < ?', now - AUDIT_MS);
  const { by, act, channel = null, person = null, details } = line;
  connection.run(
    'insert into audit (at_ms, by_id, by_name, act, channel, person_id, details) values (?, ?, ?, ?, ?, ?, ?)',
    ...[now, by.id, by.name, act, channel, person, JSON.stringify(details)],
  );
}
