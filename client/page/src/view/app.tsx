import { useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { useStore } from '../state/store.ts';
import { ChannelPane } from './channel-pane.tsx';
import { Dialog } from './dialog.tsx';
import { NameForm } from './name-form.tsx';
import { NoSuchChannel } from './no-such-channel.tsx';
import { Sidebar } from './sidebar.tsx';
import { useMedia } from './use-media.ts';

/** The whole page. */
export function App({ chat }: { chat: Chat }) {
  const place = useStore(chat.place);
  const me = useStore(chat.me);
  const wide = useMedia('(min-width: 52rem)');
  const [drawer, setDrawer] = useState(false);
  const [naming, setNaming] = useState(false);
  const current = 'conversation' in place ? place.conversation.channel : undefined;
  const sidebar = (close?: () => void) => (
    <Sidebar
      chat={chat}
      current={current}
      onClose={close}
      onGo={(channel) => {
        close?.();
        chat.go(channel);
      }}
      onName={() => {
        close?.();
        setNaming(true);
      }}
    />
  );
  const menu = wide ? undefined : () => setDrawer(true);
  return (
    <div class="page">
      <a class="skip" href="#message">
        Skip to writing a message
      </a>
      {wide && <aside class="side">{sidebar()}</aside>}
      {!wide && drawer && (
        <Dialog class="drawer" label="Channels" onClose={() => setDrawer(false)}>
          {(close) => sidebar(close)}
        </Dialog>
      )}
      {'conversation' in place ? (
        <ChannelPane key={current} conversation={place.conversation} chat={chat} onMenu={menu} />
      ) : (
        <NoSuchChannel name={place.invalid} onGo={chat.go} onMenu={menu} />
      )}
      {naming && (
        <Dialog class="box" label="Your name" onClose={() => setNaming(false)}>
          {(close) => (
            <NameForm
              name={me.id === 'guest' ? '' : me.name}
              rename={chat.rename}
              onDone={close}
              title="Your name"
            />
          )}
        </Dialog>
      )}
    </div>
  );
}
