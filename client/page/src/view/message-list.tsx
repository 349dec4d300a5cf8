import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { rowsOf } from '../state/rows.ts';
import { useStore } from '../state/store.ts';
import { hasOlder, type Timeline, unseen } from '../state/timeline.ts';
import { DownIcon } from './icons.tsx';
import { type KeptPlace, keepPlace, type Place } from './kept-place.ts';
import { MessageRow } from './message-row.tsx';

/** What was said, oldest first. Reads more when a person scrolls to either end of what is held. */
export function MessageList({ conversation, chat }: { conversation: Conversation; chat: Chat }) {
  const timeline = useStore(conversation.timeline);
  const { reading, failed } = useStore(conversation.paging);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const kept = useRef<KeptPlace>(undefined);
  const rows = useMemo(
    () => rowsOf(timeline),
    [timeline.messages, timeline.echoes, timeline.gaps, timeline.newFrom],
  );

  const readMore = ({ nearStart, nearEnd }: Place) => {
    if (conversation.paging.get().failed !== undefined) return;
    if (nearStart) void conversation.load('older');
    if (nearEnd) void conversation.load('newer');
  };
  useLayoutEffect(() => {
    if (scroller.current === null || list.current === null) return;
    const place = keepPlace(scroller.current, list.current, (moved) => {
      const { visible, detached } = conversation.timeline.get();
      conversation.look(moved.atEnd && !detached, visible);
      readMore(moved);
    });
    kept.current = place;
    return () => place.stop();
  }, []);
  useLayoutEffect(() => {
    const place = kept.current?.settle(timeline.following);
    if (place && timeline.opened) readMore(place);
  }, [rows, timeline.following, timeline.opened]);
  useEffect(() => {
    const look = () => conversation.look(conversation.timeline.get().following, !document.hidden);
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);

  const fresh = timeline.following ? 0 : unseen(timeline);
  const away = !timeline.following && (fresh > 0 || timeline.detached);
  return (
    <div class="messages">
      <div
        class="scroller"
        ref={scroller}
        role="log"
        aria-label={`Messages in #${conversation.channel}`}
        aria-busy={!timeline.opened || reading !== undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reached by keyboard
        tabIndex={0}
      >
        <div class="column">
          <Beginning timeline={timeline} channel={conversation.channel} />
          <ol ref={list}>
            {rows.map((row) => (
              <MessageRow key={row.key} row={row} conversation={conversation} chat={chat} />
            ))}
          </ol>
        </div>
      </div>
      {failed && (
        <p class="notice" role="status">
          More messages could not be read.
          <button type="button" class="link" onClick={() => void conversation.load(failed)}>
            Try again
          </button>
        </p>
      )}
      {away && (
        <button type="button" class="to-newest" onClick={() => void conversation.toNewest()}>
          {fresh > 0 ? `${fresh} new ${fresh === 1 ? 'message' : 'messages'}` : 'To the newest'} <DownIcon />
        </button>
      )}
    </div>
  );
}

/** What stands above the first message. */
function Beginning({ timeline, channel }: { timeline: Timeline; channel: string }) {
  if (!timeline.opened) return <p class="beginning">Opening #{channel}…</p>;
  if (hasOlder(timeline)) return <p class="beginning">Reading older messages…</p>;
  if (timeline.rebuilt)
    return <p class="beginning">The server's history began anew here. What was said before is gone.</p>;
  if (timeline.earliest > 1) return <p class="beginning">Messages before these are no longer kept.</p>;
  return (
    <div class="beginning welcome">
      <h2>#{channel}</h2>
      <p>
        {timeline.head === 0 ? 'Nothing was said here yet. Say the first word.' : 'This is where it began.'}
      </p>
    </div>
  );
}
