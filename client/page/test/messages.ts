import type { Message } from '@carillon/client';
import type { Echo } from '../src/state/timeline.ts';

/** A message of `seq` in the channel `lobby`. */
export function message(seq: number, more: Partial<Message> = {}): Message {
  const createdAt = new Date(Date.UTC(2026, 0, 5, 12, 0, seq)).toISOString();
  return { channel: 'lobby', seq, author: { id: 'a', name: 'Ada' }, body: `m${seq}`, createdAt, ...more };
}

/** A whole log; messages whose seq is in `own` have the key `k<seq>`. */
export function log(length: number, own: ReadonlySet<number> = new Set()): Message[] {
  return Array.from({ length }, (_, index) =>
    message(index + 1, own.has(index + 1) ? { key: `k${index + 1}` } : {}),
  );
}

export function echo(key: string): Echo {
  return { key, body: key, author: { id: 'a', name: 'Ada' }, sentAt: '2026-01-05T13:00:00.000Z' };
}
