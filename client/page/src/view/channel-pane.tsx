import { useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { useStore } from '../state/store.ts';
import { Composer } from './composer.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { MenuButton } from './menu-button.tsx';
import { MessageList } from './message-list.tsx';
import { NameForm } from './name-form.tsx';
import { WhoIsHere } from './who-is-here.tsx';

interface ChannelPaneProps {
  conversation: Conversation;
  chat: Chat;
  onMenu: (() => void) | undefined;
}

/** One channel: what was said, and where to say more. */
export function ChannelPane({ conversation, chat, onMenu }: ChannelPaneProps) {
  const stream = useStore(conversation.stream);
  const me = useStore(chat.me);
  const [naming, setNaming] = useState(false);
  const named = () => {
    setNaming(false);
    document.getElementById('message')?.focus();
  };
  return (
    <main class="pane">
      <header class="top">
        <MenuButton onMenu={onMenu} />
        <h1>
          <span class="hash">#</span>
          {conversation.channel}
        </h1>
        <WhoIsHere conversation={conversation} />
        <ConnectionBadge state={stream} />
      </header>
      <MessageList conversation={conversation} chat={chat} />
      <footer class="bottom">
        {me.id === 'guest' && !naming && (
          <p class="as-guest">
            You write as a guest.
            <button type="button" class="link" onClick={() => setNaming(true)}>
              Choose a name
            </button>
          </p>
        )}
        {naming && <NameForm name="" rename={chat.rename} onDone={named} />}
        <Composer conversation={conversation} onSend={(body) => conversation.send(body, chat.me.get())} />
      </footer>
    </main>
  );
}
