import { createDrafts, type Draft, forgetDrafts, isEmpty, joined, moveDrafts } from './drafts.ts';

/** Keeps the drafts of the person at the page, who may be another after the server has answered. */
export interface DraftKeeper {
  load(channel: string): Draft;
  /** Keeps what is being written, once the person pauses. */
  save(channel: string, draft: Draft): void;
  /** Keeps now what waits for a pause. */
  flush(): void;
  /** From now on drafts are this person's. `takesOver`: they are the same as before, under another id. */
  setPerson(id: string, takesOver: boolean): void;
  /**
   * What was typed before the server had said who types is theirs, also where they had left something, and nobody else finds it.
   * @param onScreen what is in the channel's field now.
   * @returns what belongs in the field, undefined where it is there already.
   */
  claim(channel: string, onScreen: Draft): Draft | undefined;
  /** Forgets all drafts of the person: the next one at this browser must not find them. */
  forget(): void;
}

/** A draft is kept when the person pauses, ms. */
const PAUSE_MS = 300;

/**
 * @param person id of the person who was here last.
 * @param isConfirmed whether the server has said who is here.
 */
export function createDraftKeeper(person: string, isConfirmed: () => boolean): DraftKeeper {
  let owner = person;
  let drafts = createDrafts(owner);
  /** Those of the person before. */
  let earlier = drafts;
  const unsaved = new Map<string, () => void>();
  const typedEarly = new Set<string>();

  function flush(): void {
    for (const save of [...unsaved.values()]) save();
  }

  return {
    load: (channel) => drafts.load(channel),
    save(channel, draft) {
      if (!isConfirmed()) typedEarly.add(channel);
      const own = drafts;
      const save = () => {
        unsaved.delete(channel);
        own.save(channel, draft);
      };
      unsaved.set(channel, save);
      setTimeout(() => {
        // Otherwise more was typed since.
        if (unsaved.get(channel) === save) save();
      }, PAUSE_MS);
    },
    flush,
    setPerson(id, takesOver) {
      flush();
      if (takesOver) moveDrafts(owner, id);
      owner = id;
      earlier = drafts;
      drafts = createDrafts(id);
    },
    claim(channel, onScreen) {
      const left = drafts.load(channel);
      if (!isEmpty(left) && !typedEarly.has(channel)) return left;
      const both = joined(left, onScreen);
      earlier.save(channel, { text: '' });
      drafts.save(channel, both);
      return isEmpty(left) ? undefined : both;
    },
    forget() {
      unsaved.clear();
      forgetDrafts(owner);
    },
  };
}
