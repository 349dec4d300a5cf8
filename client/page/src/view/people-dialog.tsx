import type { Conversation } from '../conversation.ts';
import { counted, number } from '../state/numbers.ts';
import { useStore } from '../state/store.ts';
import { Avatar } from './avatar.tsx';
import { InfoDialog } from './form-dialog.tsx';
import { showDialog } from './overlay.tsx';
import { PersonName } from './person-name.tsx';

/** Lists the people who are on a channel now. */
export function showPeople(conversation: Conversation): void {
  showDialog('Who is here', (close) => <People conversation={conversation} close={close} />);
}

function People({ conversation, close }: { conversation: Conversation; close: () => void }) {
  const { people = [], count = 0, anonymous = 0 } = useStore(conversation.presence) ?? {};
  return (
    <InfoDialog title={`In #${conversation.channel} now`} close={close}>
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
    </InfoDialog>
  );
}
