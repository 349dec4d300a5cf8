import type { Pin } from '@carillon/client';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { mayModerate } from '../rights.ts';
import { pathOf } from '../route.ts';
import { useStore } from '../state/store.ts';
import { dateAndTime } from '../state/times.ts';
import { PinIcon } from './icons.tsx';
import { Markdown } from './markdown.tsx';
import { showDialog } from './overlay.tsx';
import { tellFault } from './toast.tsx';

interface PinnedProps {
  conversation: Conversation;
  chat: Chat;
}

/** Leads to the pinned messages, where there are some. */
export function PinnedButton({ conversation, chat }: PinnedProps) {
  const pins = useStore(conversation.pins);
  if (pins.length === 0) return null;
  const name = pins.length === 1 ? '1 pinned message' : `${pins.length} pinned messages`;
  return (
    <button
      type="button"
      class="quiet square"
      aria-label={name}
      title={name}
      onClick={() =>
        showDialog('Pinned messages', (close) => (
          <Pinned conversation={conversation} chat={chat} close={close} />
        ))
      }
    >
      <PinIcon />
    </button>
  );
}

function Pinned({ conversation, chat, close }: PinnedProps & { close: () => void }) {
  const pins = useStore(conversation.pins);
  const session = useStore(chat.session);
  const moderates = mayModerate(session, conversation.channel);
  return (
    <div class="ask">
      <h2>Pinned messages</h2>
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
                  onClick={() => void conversation.unpin(message.seq).catch(tellFault)}
                >
                  Unpin
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
    </div>
  );
}
