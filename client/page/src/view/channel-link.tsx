import type { ListedChannel } from '../channel-list.ts';
import { pathOf } from '../route.ts';
import { numberUpTo } from '../state/numbers.ts';
import { BoxIcon, LockIcon } from './icons.tsx';
import { nameInWords } from './person-name.tsx';

interface ChannelLinkProps {
  listing: ListedChannel;
  current: boolean;
  onGo: (channel: string) => void;
}

/** The server counts no further. */
const MOST_SHOWN = 100;
/** As much of the last message as may fit in a line, characters. */
const EXCERPT = 80;

/** A channel of the list: its last message, how many messages are unread, and how many of them mention you. */
export function ChannelLink({ listing, current, onGo }: ChannelLinkProps) {
  const { channel, visibility, archived, last } = listing;
  const unread = current ? 0 : listing.unread;
  const mentions = current ? 0 : listing.mentions;
  return (
    <a
      href={pathOf(channel)}
      class={`${unread > 0 ? 'unread' : ''} ${archived ? 'archived' : ''}`}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        // With a key held, the browser opens another tab.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onGo(channel);
      }}
    >
      <span class="hash" aria-hidden="true">
        {visibility === 'private' ? <LockIcon /> : archived ? <BoxIcon /> : '#'}
      </span>
      <span class="channel-text">
        <span class="channel-name">{channel}</span>
        {visibility === 'private' && <span class="sr-only">, private</span>}
        {archived && <span class="sr-only">, archived</span>}
        {last && (
          <span class="last" dir="auto" aria-hidden="true">
            {lastInWords(last)}
          </span>
        )}
      </span>
      {mentions > 0 && (
        <span class="count mentions">
          @{numberUpTo(mentions, MOST_SHOWN)}
          <span class="sr-only"> mentions</span>
        </span>
      )}
      {unread > 0 && (
        <span class="count">
          {numberUpTo(unread, MOST_SHOWN)}
          <span class="sr-only"> unread</span>
        </span>
      )}
    </a>
  );
}

function lastInWords({ author, body, deletedAt }: NonNullable<ListedChannel['last']>): string {
  return deletedAt === undefined ? `${nameInWords(author)}: ${body.slice(0, EXCERPT)}` : 'A deleted message';
}
