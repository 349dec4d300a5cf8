import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { counted } from '../state/numbers.ts';
import { useStore } from '../state/store.ts';
import { IconButton } from './icon-button.tsx';
import { PinIcon } from './icons.tsx';
import { openDialog } from './load-dialogs.ts';

interface PinnedProps {
  conversation: Conversation;
  chat: Chat;
}

/** Leads to the pinned messages, where there are some. */
export function PinnedButton({ conversation, chat }: PinnedProps) {
  const pins = useStore(conversation.pins);
  if (pins.length === 0) return null;
  const name = counted(pins.length, 'pinned message');
  return (
    <IconButton name={name} onClick={() => openDialog(({ showPinned }) => showPinned(conversation, chat))}>
      <PinIcon />
    </IconButton>
  );
}
