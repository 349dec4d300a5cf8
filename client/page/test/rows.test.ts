import type { Message } from '@carillon/client';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../src/state/rows.ts';
import { emptyTimeline, type Timeline } from '../src/state/timeline.ts';
import { dayName } from '../src/state/times.ts';
import { echo, message } from './messages.ts';

type Shown = Partial<Omit<Timeline, 'messages'>> & { messages?: readonly Message[] };

const rows = ({ messages = [], ...timeline }: Shown) =>
  rowsOf({
    ...emptyTimeline(),
    ...timeline,
    messages: messages.map((each) => ({ ...each, asOf: each.seq })),
  });

const show = (timeline: Shown) =>
  rows(timeline).map((row) => {
    if (row.kind === 'message') return `${row.leads ? 'Ada: ' : ''}${row.message.body}`;
    if (row.kind === 'echo') return `${row.leads ? 'Ada: ' : ''}(${row.echo.body})`;
    return row.kind;
  });

describe('rows', () => {
  it('group what one author says in a row, and begin anew after a pause, another name and another day', () => {
    const at = (seq: number, createdAt: string, name = 'Ada') =>
      message(seq, { createdAt, author: { id: 'guest', name } });
    expect(
      show({
        messages: [
          at(1, '2026-01-05T12:00:00Z'),
          at(2, '2026-01-05T12:01:00Z'),
          at(3, '2026-01-05T12:10:00Z'),
          at(4, '2026-01-05T12:10:01Z', 'Bo'),
          at(5, '2026-01-08T12:10:02Z', 'Bo'),
        ],
      }),
    ).toEqual(['day', 'Ada: m1', 'm2', 'Ada: m3', 'Ada: m4', 'day', 'Ada: m5']);
  });

  it('have no line in common with older ones of the same day but the messages', () => {
    const keys = (messages: Message[]) => rows({ messages }).map(({ key }) => key);
    const before = keys([message(3), message(4)]);
    const after = keys([message(1), message(2), message(3), message(4)]);
    expect(after.filter((key) => before.includes(key))).toEqual(['seq 3', 'seq 4']);
  });

  it('show what is gone and what is new where it is', () => {
    const messages = [message(1), message(5), message(6)];
    expect(show({ messages, gaps: [{ after: 1, before: 5 }], newFrom: 6 })).toEqual([
      'day',
      'Ada: m1',
      'gap',
      'Ada: m5',
      'new',
      'Ada: m6',
    ]);
    expect(show({ messages: [message(1)], gaps: [{ after: 1, before: 5 }] })).toEqual([
      'day',
      'Ada: m1',
      'gap',
    ]);
  });

  it('end with what is being sent, under the key its message will have', () => {
    const sending = rows({ messages: [message(1)], echoes: [echo('k')] });
    const sent = rows({ messages: [message(1), message(2, { key: 'k' })] });
    expect(sent.at(-1)?.key).toBe(sending.at(-1)?.key);
  });

  it('have keys of their own, whatever keys their authors chose', () => {
    const by = (seq: number, id: string, key: string) => message(seq, { key, author: { id, name: id } });
    const messages = [by(1, 'ada', 'k'), by(2, 'bo', 'k'), by(3, 'bo', 'new'), message(4)];
    const keys = rows({ messages, newFrom: 2 }).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

it('a day is named as people do', () => {
  const now = new Date(2026, 2, 1, 0, 30);
  expect(dayName(new Date(2026, 2, 1, 0, 1).toISOString(), now)).toBe('Today');
  expect(dayName(new Date(2026, 1, 28, 23, 59).toISOString(), now)).toBe('Yesterday');
  expect(dayName(new Date(2026, 1, 27).toISOString(), now)).not.toContain('2026');
  expect(dayName(new Date(2025, 1, 27).toISOString(), now)).toContain('2025');
});
