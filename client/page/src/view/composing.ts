import type { Conversation } from '../conversation.ts';
import { createStore, type Store } from '../state/store.ts';

/** What a person is about to say in a channel: an answer, or another text for an earlier message. */
export interface Composing {
  /** seq of the message that is answered. */
  readonly replying: Store<number | undefined>;
  /** seq of the message whose text is being changed. */
  readonly editing: Store<number | undefined>;
}

const all = new WeakMap<Conversation, Composing>();

export function composing(conversation: Conversation): Composing {
  const known = all.get(conversation);
  if (known) return known;
  const made: Composing = {
    replying: createStore(conversation.draftReply),
    editing: createStore<number | undefined>(undefined),
  };
  made.replying.follow(() => {
    conversation.draftReply = made.replying.get();
  });
  all.set(conversation, made);
  return made;
}

/** The field a message is written in. */
export function focusComposer(): void {
  document.getElementById('message')?.focus();
}
