import { useId, useState } from 'preact/hooks';
import type { Chat, ListedChannel } from '../chat.ts';
import { channelNamed, pathOf } from '../route.ts';
import { useStore } from '../state/store.ts';
import { Avatar } from './avatar.tsx';
import { BellIcon, CloseIcon, EditIcon } from './icons.tsx';

interface SidebarProps {
  chat: Chat;
  current: string | undefined;
  onGo: (channel: string) => void;
  onName: () => void;
  /** Where it lies over the page. */
  onClose: (() => void) | undefined;
}

/** The channels, a way to any other, and who one is. */
export function Sidebar({ chat, current, onGo, onName, onClose }: SidebarProps) {
  const me = useStore(chat.me);
  const listed = useStore(chat.channels);
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().replace(/^#+/, '').toLowerCase();
  const here: ListedChannel[] =
    current === undefined || listed.some(({ channel }) => channel === current)
      ? []
      : [{ channel: current, unread: 0, mentions: 0, visibility: 'public', archived: false }];
  const shown = [...listed, ...here]
    .filter(({ channel }) => channel.includes(wanted))
    .sort((a, b) => (a.channel < b.channel ? -1 : 1));
  return (
    <div class="sidebar">
      <div class="brand">
        <BellIcon />
        <span>Carillon</span>
        {onClose && (
          <button type="button" class="quiet square" aria-label="Close" onClick={onClose}>
            <CloseIcon />
          </button>
        )}
      </div>
      <Finder typed={typed} onType={setTyped} onGo={onGo} />
      <nav aria-label="Channels">
        <ul>
          {shown.map(({ channel, unread }) => (
            <li key={channel}>
              <ChannelLink
                channel={channel}
                unread={channel === current ? 0 : unread}
                current={channel === current}
                onGo={onGo}
              />
            </li>
          ))}
        </ul>
        {shown.length === 0 && wanted !== '' && (
          <p class="hint">None in the list. Enter goes to #{wanted}.</p>
        )}
      </nav>
      <button
        type="button"
        class="me quiet"
        onClick={onName}
        aria-label={`You are ${me.name}. Change your name`}
      >
        <Avatar author={me} />
        <span class="me-name">{me.name}</span>
        <EditIcon />
      </button>
    </div>
  );
}

/** One field both to find a channel in the list and to go to one that is not in it. */
function Finder(props: { typed: string; onType: (typed: string) => void; onGo: (channel: string) => void }) {
  const { typed, onType, onGo } = props;
  const [fault, setFault] = useState<string>();
  const id = useId();
  return (
    <form
      class="finder"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const named = channelNamed(typed);
        if ('fault' in named) return setFault(named.fault);
        onType('');
        onGo(named.channel);
      }}
    >
      <label class="sr-only" for={id}>
        Find or go to a channel
      </label>
      <span aria-hidden="true">#</span>
      <input
        id={id}
        value={typed}
        placeholder="Find or go to…"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="go"
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onInput={(event) => {
          setFault(undefined);
          onType(event.currentTarget.value);
        }}
      />
      <p id={`${id}-fault`} class="fault" role="status">
        {fault}
      </p>
    </form>
  );
}

function ChannelLink(
  props: Pick<ListedChannel, 'channel' | 'unread'> & { current: boolean; onGo: (channel: string) => void },
) {
  const { channel, unread, current, onGo } = props;
  return (
    <a
      href={pathOf(channel)}
      class={unread > 0 ? 'unread' : undefined}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        // With a key held, the browser opens another tab.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onGo(channel);
      }}
    >
      <span class="hash" aria-hidden="true">
        #
      </span>
      <span class="channel-name">{channel}</span>
      {unread > 0 && (
        <span class="count">
          {unread > 99 ? '99+' : unread}
          <span class="sr-only"> unread</span>
        </span>
      )}
    </a>
  );
}
