import { useEffect, useRef, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { hasIdentity, mayWrite } from '../rights.ts';
import { useStore } from '../state/store.ts';
import { ChannelHeader } from './channel-header.tsx';
import { Composer } from './composer.tsx';
import { ArchivedNotice, DeniedNotice, ReadOnlyNotice } from './composer-notice.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { focusComposer } from './focus-composer.ts';
import { MessageList } from './message-list.tsx';
import { NameForm } from './name-form.tsx';
import { useRoving } from './roving.ts';
import { TypingLine } from './typing-line.tsx';

interface ChannelPaneProps {
  conversation: Conversation;
  chat: Chat;
  onMenu: (() => void) | undefined;
}

/** One channel: what was said, and where to say more. */
export function ChannelPane({ conversation, chat, onMenu }: ChannelPaneProps) {
  const stream = useStore(conversation.stream);
  // A form that was left open would come back with the channel.
  useEffect(() => () => conversation.composition.editing.set(undefined), []);
  const pane = useRef<HTMLElement>(null);
  useRoving(pane, conversation);
  return (
    <main ref={pane} class="pane">
      <ChannelHeader conversation={conversation} chat={chat} onMenu={onMenu} />
      <ConnectionBanner state={stream} />
      <MessageList conversation={conversation} chat={chat} />
      <footer class="bottom">
        <TypingLine conversation={conversation} />
        <Writing conversation={conversation} chat={chat} />
      </footer>
    </main>
  );
}

/** The message field, or why there is none. */
function Writing({ conversation, chat }: { conversation: Conversation; chat: Chat }) {
  const session = useStore(chat.session);
  const settings = useStore(conversation.settings);
  const denied = useStore(conversation.denied);
  const [naming, setNaming] = useState(false);
  if (denied !== undefined) return <DeniedNotice denied={denied} chat={chat} />;
  if (settings.archived) return <ArchivedNotice />;
  if (!mayWrite(session, conversation.channel)) return <ReadOnlyNotice />;
  const named = () => {
    setNaming(false);
    focusComposer();
  };
  return (
    <>
      {!hasIdentity(session) && !naming && (
        <p class="as-guest">
          You are writing as a guest.
          <button type="button" class="link" onClick={() => setNaming(true)}>
            Choose a name
          </button>
        </p>
      )}
      {naming && <NameForm name="" rename={chat.rename} onDone={named} />}
      <Composer conversation={conversation} chat={chat} />
    </>
  );
}
