import { keptItems } from './kept-items.ts';

/** What was typed in a channel and not sent. */
export interface Draft {
  text: string;
  /** seq of the message that it answers. */
  replyTo?: number | undefined;
}

export interface Drafts {
  load(channel: string): Draft;
  save(channel: string, draft: Draft): void;
}

/** More drafts than that nobody comes back to. */
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
    save(channel, { text, replyTo }) {
      if (text === '' && replyTo === undefined) kept.forget(channel);
      else kept.keep(channel, JSON.stringify({ text, replyTo }));
    },
  };
}

/** What this person has typed and not sent is not kept any longer. */
export function forgetDrafts(person: string): void {
  const kept = keptItems(DRAFT, person, BOUNDS);
  for (const [name] of kept.all()) kept.forget(name);
}

function isDraft(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';
}
