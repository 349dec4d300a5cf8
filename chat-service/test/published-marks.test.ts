import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublishedMarks } from '../src/published-marks.ts';

/** A store that keeps marks as the port says: none ever moves back. */
function markStore() {
  const marks = new Map<string, number>();
  let writes = 0;
  return {
    marks,
    get writes() {
      return writes;
    },
    async markPublished(seqs: ReadonlyMap<string, number>) {
      writes++;
      for (const [channel, seq] of seqs) marks.set(channel, Math.max(seq, marks.get(channel) ?? 0));
    },
  };
}

describe('a mark', () => {
  it('follows what is published from the first message on', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    marks.published('a', 1, 3);
    marks.published('a', 4, 4);
    marks.published('b', 1, 1);
    await marks.write(store);
    expect([store.marks, store.writes]).toEqual([new Map(Object.entries({ a: 4, b: 1 })), 1]);
  });

  it('does not pass what failed until that is published', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    marks.published('a', 1, 3);
    marks.published('a', 6, 9);
    await marks.write(store);
    expect(store.marks.get('a')).toBe(3);
    marks.published('a', 4, 5);
    await marks.write(store);
    expect(store.marks.get('a')).toBe(9);
  });

  it('of a channel met in the middle waits for what the store says', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    marks.published('a', 101, 105);
    await marks.write(store);
    expect([store.marks.size, marks.upTo('a')]).toEqual([0, undefined]);
    marks.stored('a', 100);
    await marks.write(store);
    expect(store.marks.get('a')).toBe(105);
  });

  it('is written once, and again after a write that failed', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    marks.published('a', 1, 1);
    await expect(marks.write({ markPublished: () => Promise.reject(new Error('away')) })).rejects.toThrow(
      'away',
    );
    await marks.write(store);
    await marks.write(store);
    expect([store.marks.get('a'), store.writes]).toEqual([1, 1]);
  });

  it('never passes a message that was not published, in whatever order publishes end', async () => {
    const run = fc.record({ from: fc.integer({ min: 1, max: 60 }), count: fc.integer({ min: 0, max: 8 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.array(run, { maxLength: 40 }),
        async (stored, runs) => {
          const store = markStore();
          const marks = new PublishedMarks();
          const out = new Set<number>(Array.from({ length: stored }, (_, index) => index + 1));
          for (const [index, { from, count }] of runs.entries()) {
            marks.published('a', from, from + count);
            for (let seq = from; seq <= from + count; seq++) out.add(seq);
            if (index === runs.length >> 1) marks.stored('a', stored);
          }
          marks.stored('a', stored);
          await marks.write(store);
          let whole = 0;
          while (out.has(whole + 1)) whole++;
          expect(marks.upTo('a')).toBe(whole);
          expect(store.marks.get('a') ?? stored).toBe(whole);
        },
      ),
    );
  });

  it('of more channels than are kept in mind is forgotten only once it is written', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    for (let index = 0; index < 30_000; index++) marks.published(`c${index}`, 1, 1);
    await marks.write(store);
    expect(store.marks.size).toBe(30_000);
    expect([marks.upTo('c0'), marks.upTo('c29999')]).toEqual([undefined, 1]);
  });
});
