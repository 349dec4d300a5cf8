import type { Change } from '@carillon/client';
import { heldAt, type Pending, type Timeline } from './timeline.ts';

/** The server has done it, with the event `seq` where it says so. */
export function done(timeline: Timeline, id: string, seq: number | undefined): Timeline {
  const pending = timeline.pending.map((each) => (each.id === id ? { ...each, done: true, seq } : each));
  return withPendingSettled({ ...timeline, pending }, []);
}

/** What has come by the log is no longer pending; it may come before the server answers. */
export function withPendingSettled(timeline: Timeline, changes: readonly Change[]): Timeline {
  const { pending, position = 0, me } = timeline;
  if (pending.length === 0) return timeline;
  const own = changes.filter(({ author }) => author.id === me);
  const left = pending.filter((each) => {
    if (each.seq !== undefined && each.seq <= position) return false;
    return !(each.done && isThere(timeline, each)) && !own.some((change) => isOf(each, change));
  });
  return left.length === pending.length ? timeline : { ...timeline, pending: left };
}

/** Whether the message is already as it was to become; or is not here to be seen. */
function isThere(timeline: Timeline, pending: Pending): boolean {
  const held = heldAt(timeline, pending.target);
  if (held === undefined || held.deletedAt !== undefined) return true;
  if (pending.kind === 'edit') return held.body === pending.body;
  if (pending.kind === 'delete') return false;
  const put = held.reactions?.find(({ emoji }) => emoji === pending.emoji);
  return (put?.mine === true) === (pending.op === 'add');
}

function isOf(pending: Pending, change: Change): boolean {
  if (change.type !== pending.kind || change.target !== pending.target) return false;
  if (change.type === 'edit') return pending.kind === 'edit' && change.body === pending.body;
  if (change.type === 'delete') return true;
  return pending.kind === 'reaction' && change.emoji === pending.emoji && change.op === pending.op;
}
