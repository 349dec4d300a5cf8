import { isDetached, type Timeline } from './timeline.ts';

/** How many messages came that were not on screen. */
export function unseen({ messages, missed, seen, opened }: Timeline): number {
  if (!opened || seen === undefined) return 0;
  let count = missed;
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message === undefined || message.seq <= seen) break;
    if (message.deletedAt === undefined) count++;
  }
  return count;
}

/** What is counted as not seen stays so when it leaves the window or comes back. */
export function counted(timeline: Timeline, before: Timeline): Timeline {
  const missed = isDetached(timeline) ? Math.max(0, unseen(before) - unseen({ ...timeline, missed: 0 })) : 0;
  return missed === timeline.missed ? timeline : { ...timeline, missed };
}

/** The view is somewhere else, or is seen, or is not any more. */
export function looked(
  timeline: Timeline,
  { following, visible }: { following: boolean; visible: boolean },
): Timeline {
  if (timeline.following === following && timeline.visible === visible) return timeline;
  const sees = following && visible;
  const saw = timeline.following && timeline.visible;
  return noticed({
    ...timeline,
    following,
    visible,
    newFrom: saw && !sees ? undefined : timeline.newFrom,
  });
}

/** It was read on another device; what is drawn as new stays so until it is looked at. */
export function read(timeline: Timeline, seq: number): Timeline {
  return timeline.seen !== undefined && timeline.seen >= seq ? timeline : { ...timeline, seen: seq };
}

/** Notes what was seen, or from where on it was not. */
export function noticed(timeline: Timeline): Timeline {
  const { opened, following, visible, to, position, seen, newFrom } = timeline;
  if (!opened) return timeline;
  const newest = Math.max(to, position ?? 0);
  if (following && visible && !isDetached(timeline))
    return seen !== undefined && seen >= newest ? timeline : { ...timeline, seen: newest };
  return newFrom === undefined && seen !== undefined && unseen(timeline) > 0
    ? { ...timeline, newFrom: seen + 1 }
    : timeline;
}
