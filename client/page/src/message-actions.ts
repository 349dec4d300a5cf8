import { type Author, type Carillon, CarillonError, newKey } from '@carillon/client';
import type { TimelineAction } from './state/advance.ts';
import type { Pending } from './state/timeline.ts';

/** What a person does to messages. Each is shown at once; taken back, and rejected with a CarillonError, where it could not be done. */
export interface MessageActions {
  edit(seq: number, body: string): Promise<void>;
  remove(seq: number): Promise<void>;
  react(seq: number, emoji: string): Promise<void>;
  unreact(seq: number, emoji: string): Promise<void>;
}

export interface MessageActionsOptions {
  channel: string;
  carillon: Carillon;
  me: () => Author;
  apply: (action: TimelineAction) => void;
}

/** Does things to a channel's messages, those to one message in order. Without a network nothing is tried: it would be of a moment that is over. */
export function createMessageActions({
  channel,
  carillon,
  me,
  apply,
}: MessageActionsOptions): MessageActions {
  const running = new Map<number, Promise<unknown>>();

  async function change(pending: Pending, call: () => Promise<number | undefined>): Promise<void> {
    const { id, target } = pending;
    if (!navigator.onLine) throw new CarillonError('unreachable', 'There is no network');
    apply({ type: 'tried', pending });
    const before = running.get(target);
    const action = (before ?? Promise.resolve()).then(call);
    const settled = action.catch(() => undefined);
    running.set(target, settled);
    try {
      apply({ type: 'done', id, seq: await action });
    } catch (error) {
      apply({ type: 'undone', id });
      throw error;
    } finally {
      if (running.get(target) === settled) running.delete(target);
    }
  }

  function pendingOn(target: number): Pick<Pending, 'id' | 'target' | 'author' | 'at'> {
    return { id: newKey(), target, author: me(), at: new Date().toISOString() };
  }

  return {
    edit: (seq, body) =>
      change({ ...pendingOn(seq), kind: 'edit', body }, async () => {
        const { changed } = await carillon.edit(channel, seq, body);
        return changed;
      }),
    remove: (seq) =>
      change({ ...pendingOn(seq), kind: 'delete' }, async () => {
        await carillon.delete(channel, seq);
        return undefined;
      }),
    react: (seq, emoji) =>
      change({ ...pendingOn(seq), kind: 'reaction', emoji, op: 'add' }, async () => {
        await carillon.react(channel, seq, emoji);
        return undefined;
      }),
    unreact: (seq, emoji) =>
      change({ ...pendingOn(seq), kind: 'reaction', emoji, op: 'remove' }, async () => {
        await carillon.unreact(channel, seq, emoji);
        return undefined;
      }),
  };
}
