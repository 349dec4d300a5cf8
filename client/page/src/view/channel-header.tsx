import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { hasIdentity } from '../rights.ts';
import { useStore } from '../state/store.ts';
import { showChannelSettings } from './channel-settings.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { BoxIcon, CalendarIcon, GearIcon, LockIcon, SearchIcon } from './icons.tsx';
import { showJumpToDate } from './jump-to-date.tsx';
import { MenuButton } from './menu-button.tsx';
import { PeopleButton } from './people.tsx';
import { PinnedButton } from './pinned.tsx';
import { showSearch } from './search.tsx';

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
        <button
          type="button"
          class="quiet square"
          aria-label="Search"
          title="Search"
          onClick={() => showSearch(chat)}
        >
          <SearchIcon />
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label="Go to a date"
          title="Go to a date"
          onClick={() => showJumpToDate(conversation)}
        >
          <CalendarIcon />
        </button>
        {hasIdentity(session) && (
          <button
            type="button"
            class="quiet square"
            aria-label="Channel settings"
            title="Channel settings"
            onClick={() => showChannelSettings(chat, conversation)}
          >
            <GearIcon />
          </button>
        )}
      </div>
    </header>
  );
}
