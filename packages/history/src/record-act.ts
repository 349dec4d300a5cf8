import type { NewAuditLine } from './access.ts';
import { RECORD } from './access-statements.ts';
import type { Run } from './database.ts';

/** Adds a line to the audit, in the transaction of what it says: neither is there without the other. */
export async function recordAct(
  run: Run,
  { by, act, channel, person, details }: NewAuditLine,
): Promise<void> {
  await run(RECORD, [by.id, by.name, act, channel ?? null, person ?? null, JSON.stringify(details)]);
}
