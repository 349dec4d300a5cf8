import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { unseen } from '../state/attention.ts';
import { counted } from '../state/numbers.ts';
import { type Row, rowsOf } from '../state/rows.ts';
import { useStore } from '../state/store.ts';
import { hasOlder, isDetached, type Timeline } from '../state/timeline.ts';
import { DownIcon } from './icons.tsx';
import { MessageRow } from './message-row.tsx';
import { createRowWindow, type ScrollPosition } from './row-window.ts';

/** Each time the rows that were drawn are measured, so that a few times are enough. */
const MAX_REDRAWN = 8;

/**
 * What was said, oldest first. Reads more when a person scrolls to either end of what is held, and draws what is on
 * screen: the browser's own search in the page finds no more than that.
 */
export function MessageList({ conversation, chat }: { conversation: Conversation; chat: Chat }) {
  const timeline = useStore(conversation.timeline);
  const { reading, failed } = useStore(conversation.paging);
  const marked = useStore(conversation.marked);
  const missing = useStore(conversation.missing);
  const active = useStore(conversation.active);
  const scroller = useRef<HTMLElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [window] = useState(createRowWindow);
  const [, draw] = useState({});
  const aimed = useRef<object>(undefined);
  const redrawn = useRef(0);
  const rows = useMemo(
    () => rowsOf(timeline),
    [
      timeline.messages,
      timeline.echoes,
      timeline.gaps,
      timeline.newFrom,
      timeline.pending,
      timeline.quotes,
      timeline.changes,
    ],
  );
  const keys = useMemo(() => rows.map(({ key }) => key), [rows]);
  const keyOf = (seq: number) => rows.find((row) => row.kind === 'message' && row.message.seq === seq)?.key;

  const readMore = ({ nearStart, nearEnd }: ScrollPosition) => {
    if (conversation.paging.get().failed !== undefined) return;
    if (nearStart) void conversation.load('older');
    if (nearEnd) void conversation.load('newer');
  };

  /** Guesses of heights that were far off may leave a part of the screen without rows. */
  const fillScreen = () => {
    if (redrawn.current++ < MAX_REDRAWN && window.isShort()) draw({});
  };

  let aims = false;
  if (marked !== undefined && marked !== aimed.current) {
    const key = keyOf(marked.seq);
    if (key !== undefined) {
      aimed.current = marked;
      window.aim(key);
      aims = true;
    }
  }
  // The end may have been on screen until now: who is led elsewhere does not follow it.
  const follows = timeline.following && !aims;
  const pinned = active === undefined ? undefined : keyOf(active);
  const drawn = window.choose(keys, follows, pinned === undefined ? [] : [pinned]);

  useLayoutEffect(() => {
    if (scroller.current === null || list.current === null) return;
    return window.attach(scroller.current, list.current, (moved) => {
      const held = conversation.timeline.get();
      conversation.look(moved.atEnd && !isDetached(held), held.visible);
      redrawn.current = 0;
      fillScreen();
      readMore(moved);
    });
  }, []);
  useLayoutEffect(() => {
    redrawn.current = 0;
  }, [rows]);
  useLayoutEffect(() => {
    const position = window.settle(follows);
    if (aims && timeline.following) conversation.look(false, timeline.visible);
    fillScreen();
    if (timeline.opened) readMore(position);
    setPositionsInSet(list.current, timeline, rows);
    conversation.quote(unreadQuotes(rows, drawn.runs));
  });
  useEffect(() => {
    const look = () => conversation.look(conversation.timeline.get().following, !document.hidden);
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);

  const fresh = timeline.following ? 0 : unseen(timeline);
  const detached = isDetached(timeline);
  const away = !timeline.following && (fresh > 0 || detached);
  return (
    <div class="messages">
      <section
        class="scroller"
        ref={scroller}
        aria-label={`Messages in #${conversation.channel}`}
        aria-busy={!timeline.opened || reading !== undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reached by keyboard
        tabIndex={0}
      >
        <div class="column">
          <Beginning timeline={timeline} channel={conversation.channel} />
          <ol ref={list}>
            {drawn.runs.flatMap(({ space, first, end }, run) => [
              <Space key={`space ${run}`} height={space} />,
              ...rows
                .slice(first, end)
                .map((row) => <MessageRow key={row.key} row={row} conversation={conversation} chat={chat} />),
            ])}
            <Space key="space" height={drawn.space} />
          </ol>
        </div>
      </section>
      {failed && (
        <p class="notice" role="status">
          More messages could not be loaded.
          <button type="button" class="link" onClick={() => void conversation.load(failed)}>
            Try again
          </button>
        </p>
      )}
      {missing !== undefined && (
        <p class="notice" role="status">
          Message {missing} does not exist or is no longer kept.
          <button type="button" class="link" onClick={() => conversation.missing.set(undefined)}>
            OK
          </button>
        </p>
      )}
      {away && (
        <button type="button" class="to-newest" onClick={() => chat.go(conversation.channel)}>
          {fresh > 0 ? counted(fresh, 'new message') : 'Jump to the newest'} <DownIcon />
        </button>
      )}
    </div>
  );
}

/** Stands for rows that are not drawn. */
function Space({ height }: { height: number }) {
  return <li class="space" role="presentation" aria-hidden="true" style={{ height: `${height}px` }} />;
}

/** Tells a screen reader which message of how many each is, where that is known: the list holds a part of them. */
function setPositionsInSet(list: HTMLElement | null, timeline: Timeline, rows: readonly Row[]): void {
  const whole = timeline.opened && !hasOlder(timeline) && !isDetached(timeline);
  const places = new Map<string, number>();
  for (const row of rows) if (row.kind === 'message') places.set(String(row.message.seq), places.size + 1);
  for (const element of list?.querySelectorAll<HTMLElement>('[data-seq]') ?? []) {
    element.setAttribute('aria-posinset', String(places.get(element.dataset.seq ?? '') ?? 1));
    element.setAttribute('aria-setsize', String(whole ? places.size : -1));
  }
}

/** What the drawn rows answer and is not at hand. */
function unreadQuotes(rows: readonly Row[], runs: readonly { first: number; end: number }[]): number[] {
  return runs.flatMap(({ first, end }) =>
    rows.slice(first, end).flatMap((row) => {
      if (row.kind === 'message' && row.parent === undefined) return row.message.replyTo ?? [];
      if (row.kind === 'echo' && row.parent === undefined) return row.echo.replyTo ?? [];
      return [];
    }),
  );
}

/** What stands above the first message. */
function Beginning({ timeline, channel }: { timeline: Timeline; channel: string }) {
  if (!timeline.opened) return <p class="beginning">Loading #{channel}…</p>;
  if (hasOlder(timeline)) return <p class="beginning">Loading older messages…</p>;
  if (timeline.rebuilt)
    return <p class="beginning">The server's history started over here. Earlier messages are gone.</p>;
  if (timeline.earliest > 1) return <p class="beginning">Earlier messages are no longer kept.</p>;
  return (
    <div class="beginning welcome">
      <h2>#{channel}</h2>
      <p>
        {timeline.head === 0
          ? 'No messages yet. Write the first one.'
          : 'This is the beginning of the channel.'}
      </p>
    </div>
  );
}
