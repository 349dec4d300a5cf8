import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { hasIdentity } from '../rights.ts';
import { useStore } from '../state/store.ts';
import { ConnectionBadge } from './connection-badge.tsx';
import { IconButton } from './icon-button.tsx';
import { BoxIcon, CalendarIcon, GearIcon, LockIcon, SearchIcon } from './icons.tsx';
import { openDialog } from './load-dialogs.ts';
import { MenuButton } from './menu-button.tsx';
import { PeopleButton } from './people-button.tsx';
import { PinnedButton } from './pinned-button.tsx';

interface ChannelHeaderProps {
  conversation: Conversation;
  chat: Chat;
  onMenu: (() => void) | undefined;
}

/** What the channel is, who is there, and the ways to find something in it. */
export function ChannelHeader({ conversation, chat, onMenu }: ChannelHeaderProps) {
  const stream = useStore(conversation.stream);
  const session = useStore(chat.session);
  const { topic, archived, visibility } = useStore(conversation.settings);
  return (
    <header class="top">
      <MenuButton onMenu={onMenu} />
      <div class="title">
        <h1>
          <span class="hash">#</span>
          {conversation.channel}
          {visibility === 'private' && (
            <span class="sign" title="Private">
              <LockIcon />
              <span class="sr-only">, private</span>
            </span>
          )}
          {archived && (
            <span class="sign" title="Archived">
              <BoxIcon />
              <span class="sr-only">, archived</span>
            </span>
          )}
        </h1>
        {topic && (
          <p class="topic" dir="auto" title={topic}>
            {topic}
          </p>
        )}
      </div>
      <PeopleButton conversation={conversation} />
      <ConnectionBadge state={stream} />
      <div class="tools-of-channel">
        <PinnedButton conversation={conversation} chat={chat} />
        <IconButton name="Search" onClick={() => openDialog(({ showSearch }) => showSearch(chat))}>
          <SearchIcon />
        </IconButton>
        <IconButton
          name="Go to a date"
          onClick={() => openDialog(({ showJumpToDate }) => showJumpToDate(conversation))}
        >
          <CalendarIcon />
        </IconButton>
        {hasIdentity(session) && (
          <IconButton
            name="Channel settings"
            onClick={() => openDialog(({ showChannelSettings }) => showChannelSettings(chat, conversation))}
          >
            <GearIcon />
          </IconButton>
        )}
      </div>
    </header>
  );
}
