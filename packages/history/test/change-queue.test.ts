import { afterEach, expect, it, vi } from 'vitest';
import { type ChangeDraft, type Changed, ChangeQueue, HistoryBusy, subjectOf } from '../src/index.ts';
import { range } from './contract/store.ts';

type Deletion = Extract<ChangeDraft, { type: 'delete' }>;
const draft = (target: number): Deletion => ({
  type: 'delete',
  channel: 'a',
  target,
  author: { id: 'ada', name: 'Ada' },
});

/** A store that answers when it is told to. */
function slowStore() {
  const begun: number[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const change = (asked: ChangeDraft) =>
    new Promise<Changed>((resolve, reject) => {
      begun.push(subjectOf(asked));
      answers.push((error) => (error === undefined ? resolve({ outcome: 'missing' }) : reject(error)));
    });
  return { begun, answers, queue: new ChangeQueue({ change }) };
}

const turn = () => new Promise<void>((next) => setImmediate(next));

it('changes go to the store three at a time, in the order they came, also past one that fails', async () => {
  const { begun, answers, queue } = slowStore();
  const changes = range(1, 6).map((target) => queue.change(draft(target)));
  await turn();
  expect(begun).toEqual([1, 2, 3]);
  answers[1]?.(new Error('away'));
  await expect(changes[1]).rejects.toThrow('away');
  answers[0]?.();
  await turn();
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  for (const answer of answers) answer();
  await turn();
  for (const answer of answers) answer();
  expect((await Promise.allSettled(changes)).filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  const again = range(7, 9).map((target) => queue.change(draft(target)));
  await turn();
  expect(begun).toEqual(range(1, 9));
  for (const answer of answers) answer();
  await Promise.all(again);
});

it('a change past a thousand that wait is refused at once', async () => {
  const { begun, queue } = slowStore();
  for (const target of range(1, 1_003)) void queue.change(draft(target));
  await expect(queue.change(draft(1_004))).rejects.toThrow(HistoryBusy);
  expect(begun).toEqual([1, 2, 3]);
});

afterEach(() => void vi.useRealTimers());

it('a change that waited too long is refused and not begun, and the next one is', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { begun, answers, queue } = slowStore();
  const first = range(1, 3).map((target) => queue.change(draft(target)));
  const tooLate = queue.change(draft(4));
  vi.advanceTimersByTime(4_000);
  const inTime = queue.change(draft(5));
  vi.advanceTimersByTime(2_000);
  for (const answer of answers) answer();
  await expect(tooLate).rejects.toThrow(HistoryBusy);
  await Promise.all(first);
  await turn();
  expect(begun).toEqual([1, 2, 3, 5]);
  answers[3]?.();
  expect(await inTime).toEqual({ outcome: 'missing' });
});
