import { useEffect, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { hasIdentity } from '../rights.ts';
import { useStore } from '../state/store.ts';
import { Announcer } from './announcer.tsx';
import { ChannelPane } from './channel-pane.tsx';
import { Dialog } from './dialog.tsx';
import { loadDialogs, openDialog } from './load-dialogs.ts';
import { NoSuchChannel } from './no-such-channel.tsx';
import { useNotifications } from './notifications.ts';
import { Overlays } from './overlay.tsx';
import { followShortcuts } from './shortcuts.ts';
import { Sidebar } from './sidebar.tsx';
import { SignInPane } from './sign-in.tsx';
import { Toast } from './toast.tsx';
import { useMedia } from './use-media.ts';

/** The whole page. */
export function App({ chat }: { chat: Chat }) {
  const location = useStore(chat.location);
  const session = useStore(chat.session);
  const wide = useMedia('(min-width: 52rem)');
  const [drawer, setDrawer] = useState(false);
  useEffect(() => followShortcuts(chat), []);
  // Where it fails, it is fetched again when a dialog is opened.
  useEffect(() => void loadDialogs().catch(() => undefined), []);
  useNotifications(chat);
  const current = 'conversation' in location ? location.conversation.channel : undefined;
  const mustSignIn = session.auth.mode !== 'open' && !hasIdentity(session);
  const sidebar = (close?: () => void) => (
    <Sidebar
      chat={chat}
      current={current}
      onClose={close}
      onGo={(channel) => {
        close?.();
        chat.go(channel);
      }}
      onProfile={() => {
        close?.();
        openDialog(({ showProfile }) => showProfile(chat));
      }}
    />
  );
  const menu = wide ? undefined : () => setDrawer(true);
  return (
    <div class="page">
      {!mustSignIn && 'conversation' in location && (
        <a class="skip" href="#message">
          Skip to the message field
        </a>
      )}
      {wide && !mustSignIn && <aside class="side">{sidebar()}</aside>}
      {!wide && drawer && (
        <Dialog class="drawer" label="Channels" onClose={() => setDrawer(false)}>
          {(close) => sidebar(close)}
        </Dialog>
      )}
      {mustSignIn ? (
        <SignInPane chat={chat} />
      ) : 'conversation' in location ? (
        <ChannelPane key={current} conversation={location.conversation} chat={chat} onMenu={menu} />
      ) : (
        <NoSuchChannel name={location.invalid} onGo={chat.go} onMenu={menu} />
      )}
      {'conversation' in location && (
        <Announcer key={current} conversation={location.conversation} me={session.id} />
      )}
      <Overlays />
      <Toast />
    </div>
  );
}
