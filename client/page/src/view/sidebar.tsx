import { useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { useStore } from '../state/store.ts';
import { Avatar } from './avatar.tsx';
import { ChannelFinder } from './channel-finder.tsx';
import { ChannelLink } from './channel-link.tsx';
import { channelsInOrder } from './channel-order.ts';
import { IconButton } from './icon-button.tsx';
import { BellIcon, CloseIcon, EditIcon, PlusIcon } from './icons.tsx';
import { openDialog } from './load-dialogs.ts';

interface SidebarProps {
  chat: Chat;
  current: string | undefined;
  onGo: (channel: string) => void;
  onProfile: () => void;
  /** Where it lies over the page. */
  onClose: (() => void) | undefined;
}

/** The channels, a way to any other, and the person's own name. */
export function Sidebar({ chat, current, onGo, onProfile, onClose }: SidebarProps) {
  const session = useStore(chat.session);
  const listed = useStore(chat.channels);
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().replace(/^#+/, '').toLowerCase();
  const shown = channelsInOrder(listed, current).filter(({ channel }) => channel.includes(wanted));
  const change = session.auth.mode === 'open' ? 'Change your name' : 'Your account';
  return (
    <div class="sidebar">
      <div class="brand">
        <BellIcon />
        <span>Carillon</span>
        {onClose && (
          <IconButton name="Close" onClick={onClose}>
            <CloseIcon />
          </IconButton>
        )}
      </div>
      <ChannelFinder typed={typed} onType={setTyped} onGo={onGo} />
      <nav aria-label="Channels">
        <ul>
          {shown.map((listing) => (
            <li key={listing.channel}>
              <ChannelLink listing={listing} current={listing.channel === current} onGo={onGo} />
            </li>
          ))}
        </ul>
        {shown.length === 0 && wanted !== '' && (
          <p class="hint">Not in the list. Press Enter to go to #{wanted}.</p>
        )}
      </nav>
      <button
        type="button"
        class="new-channel quiet"
        onClick={() => {
          onClose?.();
          openDialog(({ showNewChannel }) => showNewChannel(chat, wanted));
        }}
      >
        <PlusIcon /> New channel
      </button>
      <button
        type="button"
        class="me quiet"
        onClick={onProfile}
        aria-label={`You are ${session.name}. ${change}`}
      >
        <Avatar author={session} />
        <span class="me-name" dir="auto">
          {session.name}
        </span>
        <EditIcon />
      </button>
    </div>
  );
}
