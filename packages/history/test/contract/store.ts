import { isMessage, type LogEvent } from '@carillon/protocol';
import type { Draft, History } from '../../src/index.ts';
import type { Hands } from './hands.ts';

/** An open store, and hands behind its back. */
export interface Store {
  history: History;
  hands: Hands;
}

let names = 0;

/** A channel that no other test uses. */
export function newChannel(prefix = 'channel'): string {
  names += 1;
  return `${prefix}-${names}`;
}

export function draft(channel: string, body: string, more: Partial<Draft> = {}): Draft {
  return { channel, author: { id: 'ada', name: 'Ada' }, body, ...more };
}

/** Posts `count` messages, "1", "2" … */
export async function post({ history }: Store, channel: string, count: number): Promise<void> {
  await history.append(Array.from({ length: count }, (_, index) => draft(channel, `${index + 1}`)));
}

export const seqsOf = (messages: readonly { seq: number }[]): number[] => messages.map(({ seq }) => seq);

/** Of the messages among them. */
export const bodiesOf = (events: readonly LogEvent[]): string[] =>
  events.filter(isMessage).map(({ body }) => body);

/** From `first` to `last`, both included. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
