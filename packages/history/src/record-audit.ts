import type { NewAuditLine } from './access.ts';
import { RECORD } from './access-statements.ts';
import type { Run } from './database.ts';

/** Adds an audit line in the transaction of the action: both are committed or neither. */
export async function recordAudit(
  run: Run,
  { by, act, channel, person, details }: NewAuditLine,
): Promise<void> {
  await run(RECORD, [by.id, by.name, act, channel ?? null, person ?? null, JSON.stringify(details)]);
}
