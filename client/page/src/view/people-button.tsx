import type { Conversation } from '../conversation.ts';
import { hereText } from '../state/here.ts';
import { number } from '../state/numbers.ts';
import { useStore } from '../state/store.ts';
import { PeopleIcon } from './icons.tsx';
import { openDialog } from './load-dialogs.ts';
import { useNames } from './person-name.tsx';

/** The people on the channel, in a line that opens the list. Not announced when it changes: on a busy channel that would never end. */
export function PeopleButton({ conversation }: { conversation: Conversation }) {
  const present = useStore(conversation.presence);
  const nameOf = useNames(present?.people ?? []);
  const text = present === undefined ? '' : hereText(present, nameOf);
  if (present === undefined || text === '') return null;
  return (
    <button
      type="button"
      class="here quiet"
      title={text}
      onClick={() => openDialog(({ showPeople }) => showPeople(conversation))}
    >
      <PeopleIcon />
      <span class="sr-only">Here: </span>
      <span class="here-names">{text}</span>
      <span class="here-count" aria-hidden="true">
        {number(present.count + present.anonymous)}
      </span>
    </button>
  );
}
