import type { Change } from '@carillon/protocol';
import type { AuditAct } from './access.ts';
import type { ChangeDraft, NewChange } from './history.ts';

/** What a row of `changes` has of a change, beside its place, its type and who did it. */
export interface ChangeColumns {
  target: number | null;
  body: string | null;
  /** What its kind has more, as JSON. */
  detail: string | null;
}

/** seq of the message that a change is about. */
export function subjectOf(draft: ChangeDraft): number {
  return draft.type === 'pin' ? draft.message : draft.target;
}

/** Whether a change takes away what a deleted message does not have any more. */
export function undoes(draft: ChangeDraft): boolean {
  return draft.type === 'delete' || (draft.type === 'pin' && draft.op === 'remove');
}

/** What the audit calls it, where a moderator does it; undefined of what only its author may do. */
export function actOf(draft: ChangeDraft): AuditAct | undefined {
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

/** What is stored of a change that is not yet in the log. */
export function columnsOf({
  type: _type,
  channel: _channel,
  author: _author,
  ...rest
}: NewChange): ChangeColumns {
  const { target = null, body = null, ...detail } = { target: undefined, body: undefined, ...rest };
  return { target, body, detail: Object.keys(detail).length > 0 ? JSON.stringify(detail) : null };
}

/** The change that a draft became: `seq` and `ms` since 1970 are what the store gave it. */
export function changeFrom<Draft extends NewChange>(
  draft: Draft,
  seq: number,
  ms: number,
): Extract<Change, { type: Draft['type'] }> {
  const place = { seq, createdAt: new Date(ms).toISOString() };
  return { ...draft, ...place } as unknown as Extract<Change, { type: Draft['type'] }>;
}
