import { isMessage, type LogEvent } from '@carillon/protocol';
import type { Database } from '../../src/database.ts';
import type { Draft, History } from '../../src/history.ts';

/** An open store, and a way to its tables, to make what else would take time: old events, a clock that was set back. */
export interface Store {
  history: History;
  database: Database;
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

/** Makes the events of a channel up to `seq` look `ageMs` older. */
export async function age({ database }: Store, channel: string, seq: number, ageMs: number): Promise<void> {
  for (const table of ['events', 'changes']) {
    const text = `update ${table} set created_ms = created_ms - $3::int8
      where channel_id = (select id from channels where name = $1) and seq <= $2::int8`;
    await database.run({ name: `age_${table}`, text }, [channel, seq, ageMs]);
  }
}

export const seqsOf = (messages: readonly { seq: number }[]): number[] => messages.map(({ seq }) => seq);

/** Of the messages among them. */
export const bodiesOf = (events: readonly LogEvent[]): string[] =>
  events.filter(isMessage).map(({ body }) => body);

/** From `first` to `last`, both included. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
