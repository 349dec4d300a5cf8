import type { Message } from '@carillon/protocol';

/** A message as History would give it. */
export function messageOf(channel: string, seq: number, body = `message ${seq}`): Message {
  return { channel, seq, author: { id: 'u1', name: 'Ada' }, body, createdAt: '2026-01-02T03:04:05.678Z' };
}

/** The messages of a channel with the seqs `from` to `to`. */
export function messagesOf(channel: string, from: number, to: number, body?: string): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => messageOf(channel, from + index, body));
}
