import type { ListedChannel } from '../channel-list.ts';

/**
 * The channels as the page lists them: by name, archived ones last. The one a person is in is there, though nobody has said
 * anything in it yet.
 */
export function channelsInOrder(
  listed: readonly ListedChannel[],
  current: string | undefined,
): ListedChannel[] {
  return withCurrent(listed, current).sort(
    (a, b) => Number(a.archived) - Number(b.archived) || (a.channel < b.channel ? -1 : 1),
  );
}

function withCurrent(listed: readonly ListedChannel[], current: string | undefined): ListedChannel[] {
  if (current === undefined || listed.some(({ channel }) => channel === current)) return [...listed];
  return [
    ...listed,
    { channel: current, unread: 0, mentions: 0, visibility: 'public' as const, archived: false },
  ];
}
