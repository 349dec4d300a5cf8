import { keptItems } from './kept-items.ts';

/** What was typed in a channel and is not stored. */
export interface Draft {
  text: string;
  /** seq of the message that it answers. */
  replyTo?: number | undefined;
  /** Other texts for messages, by their seqs; the one that was changed last comes last. */
  edits?: readonly (readonly [seq: number, text: string])[];
}

export interface Drafts {
  load(channel: string): Draft;
  save(channel: string, draft: Draft): void;
}

/** Nobody comes back to more drafts than this. */
const BOUNDS = { items: 50, length: 500_000 };
const DRAFT = 'draft';
const NONE: Draft = { text: '' };

/** The drafts of one person, kept by the browser. */
export function createDrafts(person: string): Drafts {
  const kept = keptItems(DRAFT, person, BOUNDS);
  return {
    load(channel) {
      try {
        const found: unknown = JSON.parse(kept.get(channel) ?? 'null');
        return isDraft(found) ? found : NONE;
      } catch {
        return NONE;
      }
    },
    save(channel, draft) {
      if (isEmpty(draft)) kept.forget(channel);
      else kept.keep(channel, JSON.stringify(draft));
    },
  };
}

/** Whether nothing is left to keep of a draft. */
export function isEmpty({ text, replyTo, edits = [] }: Draft): boolean {
  return text === '' && replyTo === undefined && edits.length === 0;
}

/** Both of two drafts of one channel, the older text first; what is in both is there once. */
export function joined(older: Draft, newer: Draft): Draft {
  const replyTo = newer.replyTo ?? older.replyTo;
  const edits = new Map([...(older.edits ?? []), ...(newer.edits ?? [])]);
  return {
    text: joinedText(older.text, newer.text),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(edits.size === 0 ? {} : { edits: [...edits] }),
  };
}

function joinedText(older: string, newer: string): string {
  if (newer.includes(older)) return newer;
  return older.includes(newer) ? older : `${older}\n${newer}`;
}

/** Moves the drafts of one id to another: it is the same person, such as a guest who took a name. */
export function moveDrafts(from: string, to: string): void {
  const before = keptItems(DRAFT, from, BOUNDS);
  const after = keptItems(DRAFT, to, BOUNDS);
  for (const [channel, text] of before.all()) {
    if (after.get(channel) === undefined) after.keep(channel, text);
    before.forget(channel);
  }
}

/** Forgets what this person has typed and not sent. */
export function forgetDrafts(person: string): void {
  const kept = keptItems(DRAFT, person, BOUNDS);
  for (const [name] of kept.all()) kept.forget(name);
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null || !('text' in value)) return false;
  const { text, replyTo, edits = [] } = value as Record<string, unknown>;
  return (
    typeof text === 'string' &&
    (replyTo === undefined || typeof replyTo === 'number') &&
    Array.isArray(edits) &&
    edits.every((edit) => Array.isArray(edit) && typeof edit[0] === 'number' && typeof edit[1] === 'string')
  );
}
