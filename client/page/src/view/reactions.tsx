import type { Message, Reaction } from '@carillon/client';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { hasIdentity } from '../rights.ts';
import { counted, number } from '../state/numbers.ts';
import { react } from './message-menu.tsx';
import { nameInWords } from './person-name.tsx';

const list = new Intl.ListFormat('en');

/** The reactions to a message, and how many people have each; a press adds your own or takes it back. */
export function Reactions(props: { message: Message; conversation: Conversation; chat: Chat }) {
  const { message, conversation, chat } = props;
  const { reactions = [] } = message;
  if (reactions.length === 0) return null;
  const able = hasIdentity(chat.session.get()) && !conversation.settings.get().archived;
  return (
    <ul class="reactions" aria-label="Reactions">
      {reactions.map((reaction) => (
        <li key={reaction.emoji}>
          <button
            type="button"
            class="reaction"
            aria-pressed={reaction.mine === true}
            aria-disabled={!able}
            aria-label={`${reaction.emoji}, ${counted(reaction.count, 'person', 'people')}`}
            title={whoReacted(reaction)}
            onClick={() => able && react(conversation, message, reaction.emoji)}
          >
            <span aria-hidden="true">{reaction.emoji}</span> {number(reaction.count)}
          </button>
        </li>
      ))}
    </ul>
  );
}

function whoReacted({ people, count }: Reaction): string {
  const names = people.map(nameInWords);
  const more = count - names.length;
  if (more > 0) names.push(names.length > 0 ? `${number(more)} more` : counted(more, 'person', 'people'));
  return list.format(names);
}
