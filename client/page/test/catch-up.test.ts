import type { LogEvent } from '@carillon/client';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { createCatchUp } from '../src/catch-up.ts';
import { log, message } from './messages.ts';

/** A reader of a log of 60 events, whose calls are answered when told to. */
function reader(position: number | undefined, events: readonly LogEvent[] = log(60)) {
  const had: number[] = [];
  const lost: [number, number][] = [];
  const tooFar: number[] = [];
  const calls: (() => void)[] = [];
  let stands = position;
  const catchUp = createCatchUp({
    position: () => stands,
    read: (after) =>
      new Promise((resolve) => {
        calls.push(() =>
          resolve({
            channel: 'lobby',
            events: events.filter(({ seq }) => seq > after).slice(0, 7),
            head: events.at(-1)?.seq ?? 0,
            earliest: 1,
          }),
        );
      }),
    onEvents(run) {
      for (const { seq } of run) if (seq > (stands ?? 0)) had.push(seq);
      stands = run.at(-1)?.seq ?? stands;
    },
    onLost(from, head) {
      lost.push([from, head]);
      stands = from - 1;
    },
    onTooFar(head) {
      tooFar.push(head);
      stands = undefined;
    },
  });
  const answerAll = async () => {
    for (let turn = 0; turn < 40; turn++) {
      calls.shift()?.();
      await Promise.resolve();
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { catchUp, had, lost, tooFar, answerAll, calls };
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('catching up', () => {
  it('gives each event once, in order, whatever is skipped, repeated or out of order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), {
          maxLength: 15,
        }),
        fc.integer({ min: 0, max: 20 }),
        async (batches, start) => {
          const { catchUp, had, answerAll, calls } = reader(start);
          for (const [index, seqs] of batches.entries()) {
            catchUp.take(seqs.map((seq) => message(seq)));
            if (index % 3 === 0) {
              calls.shift()?.();
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          catchUp.begins(61);
          await answerAll();
          catchUp.begins(61);
          await answerAll();
          expect(had).toEqual(range(start + 1, 60));
        },
      ),
      { numRuns: propertyRuns(20, 40) },
    );
  });

  it('tells what is no longer kept, and goes on after it', async () => {
    const { catchUp, had, lost, answerAll } = reader(3, log(60).slice(9));
    catchUp.take([message(12)]);
    await answerAll();
    expect(lost).toEqual([[10, 60]]);
    expect(had).toEqual(range(10, 16));
  });

  it('reads no more than a thousand events, and goes on from what it has', async () => {
    const { catchUp, had, tooFar, answerAll } = reader(3);
    catchUp.take([message(2_000)]);
    await answerAll();
    expect([tooFar, had]).toEqual([[1_999], [2_000]]);
  });

  it('tries again when the log could not be read', async () => {
    vi.useFakeTimers();
    try {
      let fails = true;
      const had: number[] = [];
      const catchUp = createCatchUp({
        position: () => had.at(-1) ?? 0,
        read: (after) =>
          fails
            ? Promise.reject(new Error('away'))
            : Promise.resolve({ channel: 'lobby', events: log(3).slice(after), head: 3, earliest: 1 }),
        onEvents: (events) => had.push(...events.map(({ seq }) => seq)),
        onLost: () => {},
        onTooFar: () => {},
      });
      catchUp.take([message(3)]);
      await vi.advanceTimersByTimeAsync(100);
      expect(had).toEqual([]);
      fails = false;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(had).toEqual([1, 2, 3]);
    } finally {
      vi.useRealTimers();
    }
  });
});
