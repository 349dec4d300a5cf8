import type { Author } from '@carillon/client';
import { asciiSkeleton, isBeyondAscii, loadSkeleton, type Skeleton } from './skeleton.ts';
import { createStore, type Store } from './store.ts';

/** People whose names are compared, the latest that were shown. */
const MAX_PEOPLE = 5_000;

/** Characters of a mark, unless more are needed to tell two apart. */
const MARK_LENGTH = 4;

/** Tells apart people whose names look the same, among those who were shown since the page was opened. */
export interface AlikeNames {
  /** Another value once a mark may be another. */
  changes: Store<number>;
  /** Takes note of who is shown. */
  note(people: readonly Author[]): void;
  /**
   * The beginning of a person's id, long enough to tell them from all whose names look the same, in ASCII (an id may look like another,
   * too); empty where nobody's does.
   */
  markOf(person: Author): string;
}

/** `load` fetches the skeleton beyond ASCII, once a name needs it; where it fails, it is asked for again with a later name. */
export function createAlikeNames(load: () => Promise<Skeleton> = loadSkeleton): AlikeNames {
  const changes = createStore(0);
  /** Who was shown, by id and name, the latest last. */
  const people = new Map<string, Author>();
  const groups = new Map<string, Set<string>>();
  let skeleton = asciiSkeleton;
  let isLoading = false;

  const regroup = () => {
    groups.clear();
    for (const person of people.values()) group(person);
    changes.set(changes.get() + 1);
  };
  /** Says whether another looks the same. */
  const group = ({ id, name }: Author): boolean => {
    const key = skeleton(name);
    const ids = groups.get(key) ?? new Set();
    groups.set(key, ids.add(id));
    return ids.size > 1;
  };
  const learn = () => {
    if (isLoading) return;
    isLoading = true;
    load().then(
      (loaded) => {
        skeleton = loaded;
        regroup();
      },
      () => {
        isLoading = false;
      },
    );
  };

  return {
    changes,
    note(shown) {
      let isChanged = false;
      for (const person of shown) {
        const key = JSON.stringify([person.id, person.name]);
        if (people.has(key)) continue;
        people.set(key, { id: person.id, name: person.name });
        if (isBeyondAscii(person.name)) learn();
        if (group(person)) isChanged = true;
      }
      if (people.size > MAX_PEOPLE) {
        // A half at once: what goes has all be grouped anew.
        for (const key of [...people.keys()].slice(0, MAX_PEOPLE / 2)) people.delete(key);
        regroup();
      } else if (isChanged) changes.set(changes.get() + 1);
    },
    markOf({ id, name }) {
      const ids = groups.get(skeleton(name));
      if (ids === undefined || ids.size < 2) return '';
      const own = encodeURIComponent(id.toWellFormed());
      const others = [...ids]
        .filter((other) => other !== id)
        .map((other) => encodeURIComponent(other.toWellFormed()));
      let length = MARK_LENGTH;
      while (length < own.length && others.some((other) => other.startsWith(own.slice(0, length))))
        length += 1;
      return own.slice(0, length);
    },
  };
}
