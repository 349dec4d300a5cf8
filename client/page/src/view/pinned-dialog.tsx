import type { Pin } from '@carillon/client';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { mayModerate } from '../rights.ts';
import { pathOf } from '../route.ts';
import { useStore } from '../state/store.ts';
import { dateAndTime } from '../state/times.ts';
import { InfoDialog } from './form-dialog.tsx';
import { Markdown } from './markdown.tsx';
import { showDialog } from './overlay.tsx';
import { notifyFault } from './toast.tsx';

/** Shows a channel's pinned messages, the one that was pinned last first. */
export function showPinned(conversation: Conversation, chat: Chat): void {
  showDialog('Pinned messages', (close) => <Pinned conversation={conversation} chat={chat} close={close} />);
}

interface PinnedProps {
  conversation: Conversation;
  chat: Chat;
  close: () => void;
}

function Pinned({ conversation, chat, close }: PinnedProps) {
  const pins = useStore(conversation.pins);
  const session = useStore(chat.session);
  const moderates = mayModerate(session, conversation.channel);
  return (
    <InfoDialog title="Pinned messages" close={close}>
      {pins.length === 0 && <p class="soft">Nothing is pinned here.</p>}
      <ol class="revisions">
        {pins.map(({ message, author, createdAt }: Pin) => (
          <li key={message.seq}>
            <p class="soft">
              {message.author.name},{' '}
              <time dateTime={message.createdAt}>{dateAndTime(message.createdAt)}</time>
            </p>
            <Markdown text={message.body} />
            <p class="soft">
              Pinned by {author.name}, <time dateTime={createdAt}>{dateAndTime(createdAt)}</time>
            </p>
            <div class="choices">
              <a href={`${pathOf(conversation.channel)}/${message.seq}`} onClick={close}>
                Go to the message
              </a>
              {moderates && (
                <button
                  type="button"
                  class="quiet"
                  onClick={() => void conversation.unpin(message.seq).catch(notifyFault)}
                >
                  Unpin
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
    </InfoDialog>
  );
}
