import type { Change } from '@carillon/protocol';
import type { AuditAction } from './access.ts';
import type { ChangeDraft, NewChange } from './history.ts';

/** The columns of a row of `changes`, besides its key, type and author. */
export interface ChangeColumns {
  target: number | null;
  body: string | null;
  /** Fields that depend on the type, as JSON. */
  detail: string | null;
}

/** seq of the message that a change concerns. */
export function subjectOf(draft: ChangeDraft): number {
  return draft.type === 'pin' ? draft.message : draft.target;
}

/** Whether a change removes something that a deleted message no longer has. */
export function undoes(draft: ChangeDraft): boolean {
  return draft.type === 'delete' || (draft.type === 'pin' && draft.op === 'remove');
}

/** The audit's name for the change if a moderator does it; undefined for changes that only the author may make. */
export function auditActionOf(draft: ChangeDraft): AuditAction | undefined {
  switch (draft.type) {
    case 'edit':
    case 'delete':
      return `${draft.type}_message`;
    case 'pin':
      return draft.op === 'add' ? 'pin_message' : 'unpin_message';
    case 'reaction':
      return undefined;
  }
}

/** The columns of a change that is not yet in the log. */
export function columnsOf({
  type: _type,
  channel: _channel,
  author: _author,
  ...rest
}: NewChange): ChangeColumns {
  const { target = null, body = null, ...detail } = { target: undefined, body: undefined, ...rest };
  return { target, body, detail: Object.keys(detail).length > 0 ? JSON.stringify(detail) : null };
}

/** The change for a draft; `seq` and `ms` since 1970 come from the store. */
export function changeFrom<Draft extends NewChange>(
  draft: Draft,
  seq: number,
  ms: number,
): Extract<Change, { type: Draft['type'] }> {
  const assigned = { seq, createdAt: new Date(ms).toISOString() };
  return { ...draft, ...assigned } as unknown as Extract<Change, { type: Draft['type'] }>;
}
