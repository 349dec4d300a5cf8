import type { Conversation } from '../conversation.ts';
import { hereText } from '../state/here.ts';
import { counted, number } from '../state/numbers.ts';
import { useStore } from '../state/store.ts';
import { Avatar } from './avatar.tsx';
import { PeopleIcon } from './icons.tsx';
import { showDialog } from './overlay.tsx';
import { PersonName, useNames } from './person-name.tsx';

/** Who else reads the channel, in a line that opens the list. Not announced when it changes: on a busy channel that would never end. */
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
      onClick={() =>
        showDialog('Who is here', (close) => <People conversation={conversation} close={close} />)
      }
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

function People({ conversation, close }: { conversation: Conversation; close: () => void }) {
  const present = useStore(conversation.presence);
  const { people = [], count = 0, anonymous = 0 } = present ?? {};
  return (
    <div class="ask">
      <h2>In #{conversation.channel} now</h2>
      <ul class="people">
        {people.map((person) => (
          <li key={person.id}>
            <Avatar author={person} />
            <span dir="auto">
              <PersonName person={person} />
            </span>
          </li>
        ))}
      </ul>
      {count > people.length && <p class="soft">{number(count - people.length)} more</p>}
      {anonymous > 0 && <p class="soft">{counted(anonymous, 'guest')} without a name</p>}
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
    </div>
  );
}
