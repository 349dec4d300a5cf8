import { useEffect, useState } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';
import { counted } from '../state/numbers.ts';
import { nameInWords } from './person-name.tsx';

/** What comes within this time is said together, milliseconds. */
const GATHER_MS = 1_000;
/** As much of a message as is said, characters. */
const EXCERPT = 200;

/**
 * Says politely to a screen reader what others write while the channel is open. The list itself is not live: its rows come
 * and go with every scroll.
 */
export function Announcer({ conversation, me }: { conversation: Conversation; me: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    let announcedTo: number | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = () => {
      timer = undefined;
      const { messages } = conversation.timeline.get();
      const fresh = messages.filter(({ seq, author }) => seq > (announcedTo ?? 0) && author.id !== me);
      announcedTo = Math.max(announcedTo ?? 0, messages.at(-1)?.seq ?? 0);
      const [only, ...others] = fresh;
      if (only === undefined) return;
      setSaid(
        others.length === 0
          ? `${nameInWords(only.author)}: ${only.body.slice(0, EXCERPT)}`
          : counted(fresh.length, 'new message'),
      );
    };
    const changed = () => {
      const { opened, head, messages } = conversation.timeline.get();
      if (!opened) return;
      // What was there when the channel opened is not new.
      if (announcedTo === undefined) announcedTo = Math.max(head, messages.at(-1)?.seq ?? 0);
      else if ((messages.at(-1)?.seq ?? 0) > announcedTo) timer ??= setTimeout(say, GATHER_MS);
    };
    changed();
    const stop = conversation.timeline.follow(changed);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class="sr-only" role="status" aria-label="New messages">
      {said}
    </div>
  );
}
