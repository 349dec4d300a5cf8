import type { Author } from '@carillon/client';
import { useLayoutEffect } from 'preact/hooks';
import type { AlikeNames } from '../state/alike-names.ts';
import { createStore, useStore } from '../state/store.ts';

/** Fetched apart: the page is there before any two names are compared. */
const alikeNames = createStore<AlikeNames | undefined>(undefined);
const never = createStore(0);
let isFetching = false;

function fetchAlikeNames(): void {
  if (isFetching) return;
  isFetching = true;
  import('../state/alike-names.ts').then(
    ({ createAlikeNames }) => alikeNames.set(createAlikeNames()),
    () => {
      isFetching = false;
    },
  );
}

/** A person's name; with a mark where another who was shown on this page has a name that looks the same. */
export function PersonName({ person }: { person: Author }) {
  useMarks([person]);
  const mark = markOf(person);
  if (mark === '') return <>{person.name}</>;
  return (
    <>
      {person.name}{' '}
      <span
        class="alike"
        title="Another person’s name looks the same. This is the start of this person’s ID."
      >
        {mark}
      </span>
    </>
  );
}

/** As {@link PersonName}, in words: what a person is called as far as it is known who else is shown. */
export function nameInWords(person: Author): string {
  const mark = markOf(person);
  return mark === '' ? person.name : `${person.name} (${mark})`;
}

/** {@link nameInWords}, of people who are shown nowhere else. The component is drawn again when it may be another. */
export function useNames(people: readonly Author[]): (person: Author) => string {
  useMarks(people);
  return nameInWords;
}

function markOf(person: Author): string {
  return alikeNames.get()?.markOf(person) ?? '';
}

function useMarks(people: readonly Author[]): void {
  const alike = useStore(alikeNames);
  useStore(alike?.changes ?? never);
  // Before the next frame: nobody sees a name that is about to be marked.
  useLayoutEffect(() => {
    if (alike === undefined) fetchAlikeNames();
    else alike.note(people);
  });
}
