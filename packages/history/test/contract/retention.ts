import { describe, expect, it } from 'vitest';
import { draft, newChannel, post, range, type Store, seqsOf } from './store.ts';

const HOUR_MS = 3_600_000;

export function retentionContract(store: () => Store): void {
  const history = () => store().history;
  const kept = async (channel: string) => seqsOf(await history().after(channel, 0, 10_000));
  const extent = async (channel: string) => (await history().extents([channel])).get(channel);
  const empty = () => history().retain({ maxCount: 0 });

  describe('retain', () => {
    it('keeps so many events of each channel, the newest', async () => {
      await empty();
      const [long, short] = [newChannel(), newChannel()];
      await post(store(), long, 10);
      await post(store(), short, 3);
      expect(await history().retain({ maxCount: 4 })).toBe(6);
      expect(await kept(long)).toEqual(range(7, 10));
      expect(await extent(long)).toEqual({ earliest: 7, head: 10 });
      expect(await kept(short)).toEqual(range(1, 3));
      expect(seqsOf(await history().after(long, 2, 2))).toEqual([7, 8]);
      expect(await history().get(long, 6)).toBeUndefined();
      expect(seqsOf((await history().messages(long, { before: 9, limit: 9 })).messages)).toEqual([7, 8]);
    });

    it('of one channel leaves the others', async () => {
      const [bounded, other] = [newChannel(), newChannel()];
      await post(store(), bounded, 5);
      await post(store(), other, 5);
      expect(await history().retain({ channel: bounded, maxCount: 2 })).toBe(3);
      expect(await kept(bounded)).toEqual([4, 5]);
      expect(await kept(other)).toEqual(range(1, 5));
    });

    it('drops what is older than an age', async () => {
      await empty();
      const channel = newChannel();
      await post(store(), channel, 5);
      await store().hands.age(channel, 3, 2 * HOUR_MS);
      expect(await history().retain({ maxAgeMs: HOUR_MS })).toBe(3);
      expect(await extent(channel)).toEqual({ earliest: 4, head: 5 });
      expect(await history().retain({ maxAgeMs: HOUR_MS })).toBe(0);
      expect(await history().seqBefore(channel, HOUR_MS)).toBe(3);
    });

    it('drops what is over either of two bounds', async () => {
      await empty();
      const [counted, aged] = [newChannel(), newChannel()];
      await post(store(), counted, 5);
      await post(store(), aged, 5);
      await store().hands.age(aged, 4, 2 * HOUR_MS);
      expect(await history().retain({ maxAgeMs: HOUR_MS, maxCount: 3 })).toBe(6);
      expect(await kept(counted)).toEqual(range(3, 5));
      expect(await kept(aged)).toEqual([5]);
    });

    it('without bounds drops nothing', async () => {
      const channel = newChannel();
      await post(store(), channel, 3);
      expect(await history().retain({})).toBe(0);
      expect(await kept(channel)).toEqual(range(1, 3));
    });

    it('of all of a channel leaves its numbers to go on', async () => {
      const channel = newChannel();
      await history().append([draft(channel, 'one', { key: 'k' }), draft(channel, 'two')]);
      await empty();
      expect(await extent(channel)).toEqual({ earliest: 3, head: 2 });
      expect(await history().seqBefore(channel, 0)).toBe(2);
      expect(
        await history().append([draft(channel, 'a key whose message is gone', { key: 'k' })]),
      ).toMatchObject([{ outcome: 'created', message: { seq: 3 } }]);
      expect(await kept(channel)).toEqual([3]);
    });

    it('goes through many events and many channels in steps', async () => {
      await empty();
      const long = newChannel();
      await post(store(), long, 2_100);
      const many = Array.from({ length: 600 }, () => newChannel('many'));
      await history().append(many.flatMap((channel) => [draft(channel, '1'), draft(channel, '2')]));
      expect(await history().retain({ maxCount: 1 })).toBe(2_099 + 600);
      expect(await extent(long)).toEqual({ earliest: 2_100, head: 2_100 });
      expect([...(await history().extents(many)).values()].every(({ earliest }) => earliest === 2)).toBe(
        true,
      );
    });

    it('and posts at once leave no hole', async () => {
      const channel = newChannel();
      const posts = range(1, 30).map(() => post(store(), channel, 3));
      const retained = range(1, 10).map(() => history().retain({ maxCount: 5 }));
      await Promise.all([...posts, ...retained]);
      await history().retain({ maxCount: 5 });
      expect(await kept(channel)).toEqual(range(86, 90));
      expect(await extent(channel)).toEqual({ earliest: 86, head: 90 });
    });
  });
}
