import type { Author } from '@carillon/client';
import type { Conversation } from '../conversation.ts';
import { useStore } from '../state/store.ts';
import { useNames } from './person-name.tsx';

/** With more names than this it says "several people". */
const NAMES = 3;
const list = new Intl.ListFormat('en');

/** The people who are typing. Always there, so that nothing moves when somebody begins; not read aloud, since it changes all the time. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  const people = useStore(conversation.typing);
  const nameOf = useNames(people);
  return <p class="typing">{inWords(people, nameOf)}</p>;
}

function inWords(people: readonly Author[], nameOf: (person: Author) => string): string {
  if (people.length === 0) return '';
  if (people.length > NAMES) return 'Several people are typing…';
  return `${list.format(people.map(nameOf))} ${people.length === 1 ? 'is' : 'are'} typing…`;
}
