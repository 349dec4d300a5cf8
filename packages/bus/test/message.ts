import type { Change, Message } from '@carillon/protocol';

/** A message as History would give it. */
export function messageOf(channel: string, seq: number, body = `message ${seq}`): Message {
  return { channel, seq, author: { id: 'u1', name: 'Ada' }, body, createdAt: '2026-01-02T03:04:05.678Z' };
}

/** A change of each kind, with the seqs from `from` on. */
export function changesOf(channel: string, from: number, body = 'edited'): Change[] {
  const kinds = [
    { type: 'edit', target: 1, body },
    { type: 'delete', target: 2 },
    { type: 'reaction', target: 1, emoji: '👩‍👩‍👧‍👦', op: 'add', count: 2 },
    { type: 'reaction', target: 1, emoji: '👍', op: 'remove', count: 0 },
    { type: 'channel', topic: 'a "topic"', archived: false, visibility: 'private' },
  ] as const;
  const { author, createdAt } = messageOf(channel, from);
  return kinds.map((kind, index) => ({ ...kind, channel, seq: from + index, author, createdAt }));
}

/** The messages of a channel with the seqs `from` to `to`. */
export function messagesOf(channel: string, from: number, to: number, body?: string): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => messageOf(channel, from + index, body));
}
