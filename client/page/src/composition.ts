import type { Draft } from './drafts.ts';
import { createStore, type Store } from './state/store.ts';

/** What a person is about to say in a channel: a message, an answer, another text for an earlier message. */
export interface Composition {
  readonly text: Store<string>;
  /** seq of the message that is answered. */
  readonly replying: Store<number | undefined>;
  /** The message whose text is being changed, and why the last attempt at it failed. */
  readonly editing: Store<Editing | undefined>;
  /** What was written for a message and is not stored. */
  editOf(seq: number): string | undefined;
  /** Keeps another text for a message; undefined: it is stored, or not wanted any longer. */
  keepEdit(seq: number, text: string | undefined): void;
  /** Another person looks: this is what they left here. */
  become(draft: Draft): void;
  readonly draft: Draft;
}

export interface Editing {
  seq: number;
  fault?: string;
}

/** Edits that could not be stored; beyond this number the oldest is given up. */
const MAX_EDITS = 20;

/** @param save is given what is to be found again after a reload, at each change of it. */
export function createComposition(left: Draft, save: (draft: Draft) => void): Composition {
  const text = createStore('');
  const replying = createStore<number | undefined>(undefined);
  const editing = createStore<Editing | undefined>(undefined);
  const edits = new Map<number, string>();
  let taking = false;

  const draftOf = (): Draft => {
    const replyTo = replying.get();
    return {
      text: text.get(),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(edits.size === 0 ? {} : { edits: [...edits] }),
    };
  };
  const changed = () => {
    if (!taking) save(draftOf());
  };

  function become(draft: Draft): void {
    taking = true;
    text.set(draft.text);
    replying.set(draft.replyTo);
    edits.clear();
    for (const [seq, other] of draft.edits ?? []) edits.set(seq, other);
    const [last] = [...edits.keys()].slice(-1);
    editing.set(last === undefined ? undefined : { seq: last, fault: 'Your edit is not saved yet.' });
    taking = false;
  }

  text.follow(changed);
  replying.follow(changed);
  become(left);
  return {
    text,
    replying,
    editing,
    editOf: (seq) => edits.get(seq),
    keepEdit(seq, other) {
      if (!edits.delete(seq) && other === undefined) return;
      if (other !== undefined) edits.set(seq, other);
      const [oldest] = edits.keys();
      if (edits.size > MAX_EDITS && oldest !== undefined) edits.delete(oldest);
      changed();
    },
    become,
    get draft() {
      return draftOf();
    },
  };
}
