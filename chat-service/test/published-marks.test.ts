import type { SeqRange } from '@carillon/history';
import { describe, expect, it } from 'vitest';
import { PublishedMarks } from '../src/published-marks.ts';

/** A store that takes down what it is told. */
function markStore() {
  const writes: (readonly SeqRange[])[] = [];
  return { writes, markPublished: async (ranges: readonly SeqRange[]) => void writes.push(ranges) };
}

describe('what is published', () => {
  it('is written in one go, what follows each other as one stretch', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    marks.published('a', 1, 3);
    marks.published('b', 7, 7);
    marks.published('a', 4, 4);
    marks.published('a', 6, 6);
    await marks.write(store);
    await marks.write(store);
    expect(store.writes).toEqual([
      [
        { channel: 'a', first: 1, last: 4 },
        { channel: 'a', first: 6, last: 6 },
        { channel: 'b', first: 7, last: 7 },
      ],
    ]);
  });

  it('is kept where the store is away, together with what is published meanwhile', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    marks.published('a', 1, 1);
    const away = async () => {
      marks.published('a', 2, 2);
      throw new Error('away');
    };
    await expect(marks.write({ markPublished: away })).rejects.toThrow('away');
    await marks.write(store);
    const seqs = store.writes.flat().flatMap(({ first, last }) => [first, last]);
    expect(new Set(seqs)).toEqual(new Set([1, 2]));
  });

  it('is forgotten over a bound, for the relay to publish again', async () => {
    const store = markStore();
    const marks = new PublishedMarks();
    for (let index = 0; index < 60_000; index++) marks.published(`c${index}`, 1, 1);
    await marks.write(store);
    expect(store.writes[0]?.length).toBe(50_000);
    marks.published('again', 1, 1);
    await marks.write(store);
    expect(store.writes[1]?.length).toBe(1);
  });
});
