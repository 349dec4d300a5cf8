import type { Message } from '@carillon/client';
import type { Echo, Timeline } from './timeline.ts';

/** A message was written here. */
export function sent(timeline: Timeline, echo: Echo): Timeline {
  const isHere =
    timeline.echoes.some(({ key }) => key === echo.key) ||
    timeline.messages.some((message) => isMessageOf(message, echo, timeline.me));
  return isHere ? timeline : { ...timeline, echoes: [...timeline.echoes, echo] };
}

/** Echoes whose message has come are done. */
export function settled(timeline: Timeline, messages: readonly Message[]): Timeline {
  if (timeline.echoes.length === 0) return timeline;
  const echoes = timeline.echoes.filter(
    (echo) => !messages.some((message) => isMessageOf(message, echo, timeline.me)),
  );
  return echoes.length === timeline.echoes.length ? timeline : { ...timeline, echoes };
}

/** Keys are their authors' choice: another's message with the same is not ours. A guest who took a name meanwhile is `me`. */
function isMessageOf({ key, author }: Message, echo: Echo, me: string | undefined): boolean {
  return key === echo.key && (author.id === echo.author.id || author.id === me);
}

/** With another echo in the place of one, or at the end. */
export function withEcho(
  timeline: Timeline,
  key: string,
  change: (echo: Echo) => Echo,
  last = false,
): Timeline {
  const echo = timeline.echoes.find((each) => each.key === key);
  if (echo === undefined) return timeline;
  const changed = change(echo);
  const echoes = last
    ? [...timeline.echoes.filter((each) => each !== echo), changed]
    : timeline.echoes.map((each) => (each === echo ? changed : each));
  return { ...timeline, echoes };
}
