import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import { TIMES_MODULUS } from '../../src/index.ts';
import { draft, newChannel, post, range, type Store, seqsOf } from './store.ts';

const HOUR_MS = 3_600_000;
const ADA = { id: 'ada', name: 'Ada' };

export function readingContract(store: () => Store): void {
  const history = () => store().history;

  describe('a page', () => {
    const channel = newChannel();
    beforeAll(() => post(store(), channel, 20));

    it('of one event is that event, or nothing where it is not', async () => {
      expect(await history().get(channel, 20)).toMatchObject({ channel, seq: 20, body: '20' });
      expect(await history().get(channel, 21)).toBeUndefined();
      expect(await history().get(channel, 0)).toBeUndefined();
      expect(await history().get(newChannel(), 1)).toBeUndefined();
    });

    it.each([
      [0, 5, range(1, 5)],
      [5, 5, range(6, 10)],
      [18, 5, [19, 20]],
      [19, 1, [20]],
      [20, 5, []],
      [99, 5, []],
      [0, 20, range(1, 20)],
      [0, 0, []],
    ])('after %i of at most %i is read forwards', async (after, limit, seqs) => {
      expect(seqsOf(await history().after(channel, after, limit))).toEqual(seqs);
    });

    it.each([
      [undefined, 5, range(16, 20)],
      [21, 5, range(16, 20)],
      [20, 5, range(15, 19)],
      [3, 5, [1, 2]],
      [2, 1, [1]],
      [1, 5, []],
      [undefined, 99, range(1, 20)],
    ])('before %s of at most %i is read from its end, oldest first', async (before, limit, seqs) => {
      expect(seqsOf((await history().messages(channel, { before, limit })).messages)).toEqual(seqs);
    });

    it('of a channel that is not there is empty', async () => {
      const none = newChannel();
      expect(await history().after(none, 0, 5)).toEqual([]);
      expect(await history().messages(none, { limit: 5 })).toEqual({
        messages: [],
        head: 0,
        earliest: 1,
        older: false,
        newer: false,
      });
    });

    it('holds no more bytes than asked for, but always one event', async () => {
      const wide = newChannel();
      const body = '界'.repeat(1_000);
      await history().append(range(1, 6).map(() => draft(wide, body)));
      expect(seqsOf(await history().after(wide, 0, 6, 9_000))).toEqual([1, 2, 3]);
      expect(seqsOf(await history().after(wide, 0, 6, 1))).toEqual([1]);
      expect(seqsOf(await history().after(wide, 3, 2, 1_000_000))).toEqual([4, 5]);
    });
  });

  it('extents tells where many channels begin and end, and leaves out what is not there', async () => {
    const channels = Array.from({ length: 300 }, () => newChannel());
    await history().append(channels.flatMap((channel) => [draft(channel, '1'), draft(channel, '2')]));
    const extents = await history().extents([...channels, newChannel('nobody')]);
    expect(extents).toEqual(new Map(channels.map((channel) => [channel, { earliest: 1, head: 2 }])));
    expect(await history().extents([])).toEqual(new Map());
  });

  it('extents tells the times of a stretch, of messages and changes alike, and of none where none is asked for', async () => {
    const [channel, other] = [newChannel(), newChannel()];
    await post(store(), channel, 4);
    await history().change({ type: 'edit', channel, target: 2, author: ADA, body: 'edited' });
    await post(store(), channel, 2);
    await post(store(), other, 1);
    // As those of an hour, so that no two of these sums are the same by chance.
    for (const seq of range(1, 7)) await store().hands.age(channel, seq, HOUR_MS);
    const events = await history().after(channel, 0, 9);
    const timesOf = (first: number, last: number) =>
      events
        .filter(({ seq }) => seq >= first && seq <= last)
        .reduce((sum, { createdAt }) => sum + (Date.parse(createdAt) % TIMES_MODULUS), 0);
    for (const [first, last] of [
      [1, 7],
      [3, 6],
      [5, 5],
      [7, 7],
      [7, 9],
      [8, 9],
    ] as const) {
      const extents = await history().extents([other, channel], [{ channel, first, last }]);
      expect(extents.get(channel)).toEqual({ earliest: 1, head: 7, times: timesOf(first, last) });
      expect(extents.get(other)).toEqual({ earliest: 1, head: 1 });
    }
    expect(timesOf(1, 7)).toBeGreaterThan(timesOf(2, 7));
    // It is of those that are there, whatever became of them.
    await history().change({ type: 'delete', channel, target: 3, author: ADA });
    const again = await history().extents([channel], [{ channel, first: 1, last: 7 }]);
    expect(again.get(channel)?.times).toBe(timesOf(1, 7));
    await history().retain({ channel, maxCount: 2 });
    const kept = await history().extents([channel], [{ channel, first: 1, last: 7 }]);
    expect(kept.get(channel)).toEqual({ earliest: 7, head: 8, times: timesOf(7, 7) });
    expect(
      await history().extents([newChannel('nobody')], [{ channel: 'nobody', first: 1, last: 1 }]),
    ).toEqual(new Map());
  });

  it('channels lists by name, page by page', async () => {
    const names = ['zz-list-c', 'zz-list-_', 'zz-list-0', 'zz-list-a'];
    for (const name of names) await post(store(), name, 2);
    const first = await history().channels('zz-list', 3);
    expect(first).toMatchObject(
      ['zz-list-0', 'zz-list-_', 'zz-list-a'].map((channel) => ({ channel, earliest: 1, head: 2 })),
    );
    expect(first[0]?.lastAt).toBe((await history().get('zz-list-0', 2))?.createdAt);
    expect((await history().channels('zz-list-a', 3)).map(({ channel }) => channel)).toEqual(['zz-list-c']);
    expect(await history().channels('zzz', 3)).toEqual([]);
    expect((await history().channels(undefined, 1)).length).toBe(1);
  });

  it('seqBefore finds the last event of an age, at every place of the log', async () => {
    const channel = newChannel();
    await post(store(), channel, 9);
    expect(await history().seqBefore(channel, HOUR_MS)).toBe(0);
    for (const seq of range(1, 9)) {
      await store().hands.age(channel, seq, seq === 1 ? 2 * HOUR_MS : 0);
      expect(await history().seqBefore(channel, HOUR_MS)).toBe(1);
    }
    for (const seq of range(2, 9)) {
      await store().hands.age(channel, seq, 2 * HOUR_MS);
      expect(await history().seqBefore(channel, HOUR_MS)).toBe(seq);
    }
    expect(await history().seqBefore(newChannel(), HOUR_MS)).toBe(0);
  });

  describe('what is not published', () => {
    const behind = async (channel: string) =>
      (await history().unpublished(0, 10_000)).find((each) => each.channel === channel);

    it('is told until it is marked, and the mark never moves back', async () => {
      const channel = newChannel();
      await post(store(), channel, 5);
      expect(await behind(channel)).toEqual({ channel, published: 0, head: 5 });
      await history().markPublished([{ channel, first: 1, last: 3 }]);
      expect(await behind(channel)).toEqual({ channel, published: 3, head: 5 });
      await history().markPublished([{ channel, first: 1, last: 2 }]);
      expect(await behind(channel)).toEqual({ channel, published: 3, head: 5 });
      await history().markPublished([{ channel, first: 4, last: 5 }]);
      expect(await behind(channel)).toBeUndefined();
      await history().append([draft(channel, 'more')]);
      expect(await behind(channel)).toEqual({ channel, published: 5, head: 6 });
    });

    it('is marked for many channels at once, and no further than their heads', async () => {
      const [a, b] = [newChannel(), newChannel()];
      await post(store(), a, 2);
      await post(store(), b, 2);
      await history().markPublished([
        { channel: b, first: 1, last: 99 },
        { channel: newChannel('nobody'), first: 1, last: 1 },
        { channel: a, first: 1, last: 1 },
      ]);
      expect(await behind(a)).toEqual({ channel: a, published: 1, head: 2 });
      expect(await behind(b)).toBeUndefined();
      await post(store(), b, 1);
      expect(await behind(b)).toEqual({ channel: b, published: 2, head: 3 });
      await history().markPublished([]);
    });

    it('is marked by several processes that publish every other event, each its own', async () => {
      const channel = newChannel();
      await post(store(), channel, 10);
      const each = (seqs: number[]) => seqs.map((seq) => ({ channel, first: seq, last: seq }));
      await history().markPublished(each([1, 3, 5, 9]));
      expect(await behind(channel)).toMatchObject({ published: 1 });
      await history().markPublished(each([6, 4]));
      expect(await behind(channel)).toMatchObject({ published: 1 });
      await history().markPublished(each([2]));
      expect(await behind(channel)).toMatchObject({ published: 6 });
      await history().markPublished(each([8, 7, 10, 8]));
      expect(await behind(channel)).toBeUndefined();
    });

    it('never counts an event as published that is not, in whatever order and pieces it is marked', async () => {
      const stretch = fc.record({
        first: fc.integer({ min: 1, max: 40 }),
        more: fc.integer({ min: 0, max: 6 }),
      });
      const writes = fc.array(fc.array(stretch, { maxLength: 6 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(writes, async (marked) => {
          const channel = newChannel();
          await post(store(), channel, 41);
          const out = new Set<number>();
          for (const stretches of marked) {
            await history().markPublished(
              stretches.map(({ first, more }) => ({ channel, first, last: first + more })),
            );
            for (const { first, more } of stretches)
              for (const seq of range(first, first + more)) out.add(seq);
          }
          let whole = 0;
          while (out.has(whole + 1) && whole < 41) whole++;
          expect((await behind(channel))?.published ?? 41).toBe(whole);
        }),
        { numRuns: propertyRuns(8, 30) },
      );
    });

    it('is told by age, those longest behind first, and no more than asked for', async () => {
      const [young, old, older] = [newChannel(), newChannel(), newChannel()];
      for (const channel of [young, old, older]) await post(store(), channel, 1);
      await store().hands.age(old, 1, 100 * HOUR_MS);
      await store().hands.age(older, 1, 200 * HOUR_MS);
      const names = async (limit: number) =>
        (await history().unpublished(50 * HOUR_MS, limit)).map(({ channel }) => channel);
      expect((await names(9)).slice(0, 2)).toEqual([older, old]);
      expect(await names(9)).not.toContain(young);
      expect(await names(1)).toEqual([older]);
    });
  });
}
