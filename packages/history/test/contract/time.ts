import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import { draft, newChannel, post, range, type Store, seqsOf } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** As the clock of a host says that has none at its start. */
const IN_1970 = 55 * 365 * DAY_MS;

const ADA = { id: 'ada', name: 'Ada' };

export function timeContract(store: () => Store): void {
  const history = () => store().history;
  const kept = async (channel: string) => seqsOf(await history().after(channel, 0, 10_000));

  /** A channel whose events are dated so long ago, each third one a change. */
  const dated = async (...ago: number[]) => {
    const channel = newChannel('dated');
    for (const seq of range(1, ago.length)) {
      if (seq % 3 === 0) {
        await history().change({ type: 'edit', channel, target: seq - 2, author: ADA, body: `edit ${seq}` });
      } else await history().append([draft(channel, `${seq}`)]);
    }
    await store().hands.date(channel, ago);
    return channel;
  };

  describe('time', () => {
    it('never runs backwards along a log, whatever is written and whoever writes, where the clock is behind its newest event', async () => {
      const channel = newChannel('ahead');
      await post(store(), channel, 2);
      await store().hands.age(channel, 2, -HOUR_MS);
      const about = { channel, author: ADA };
      await Promise.all([
        ...range(1, 10).map(() => post(store(), channel, 2)),
        history().change({ type: 'edit', ...about, target: 1, body: 'edited' }),
        history().change({ type: 'reaction', ...about, target: 1, emoji: '👍', op: 'add' }),
        history().access.configure(channel, { topic: 'a topic' }, ADA),
      ]);
      await history().change({ type: 'delete', ...about, target: 2 });
      const events = await history().after(channel, 0, 100);
      expect(seqsOf(events)).toEqual(range(1, 26));
      const times = events.map(({ createdAt }) => Date.parse(createdAt));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(Math.min(...times)).toBeGreaterThan(Date.now() + HOUR_MS / 2);
    });

    it('of a channel is not moved by a post that is repeated', async () => {
      const channel = newChannel('repeated');
      const keyed = draft(channel, 'one', { key: 'k' });
      await history().append([keyed]);
      await store().hands.age(channel, 1, HOUR_MS);
      const told = async () =>
        (await history().channels(undefined, 10_000)).find((c) => c.channel === channel);
      const before = await told();
      expect(await history().append([keyed])).toMatchObject([{ outcome: 'repeated' }]);
      expect(await told()).toEqual(before);
    });

    it('ahead of the clock does not hide what was not published', async () => {
      const channel = newChannel('unpublished');
      await post(store(), channel, 1);
      await store().hands.dateHead(channel, -DAY_MS);
      const behind = await history().unpublished(HOUR_MS, 10_000);
      expect(behind).toContainEqual({ channel, published: 0, head: 1 });
    });

    // What is given in each: how long ago each event is dated, and the last seq that is older than an hour.
    it.each([
      ['grow', [3 * HOUR_MS, 2 * HOUR_MS, 0, 0], 2],
      ['begin with a late one', [0, 2 * HOUR_MS, 2 * HOUR_MS, 0], 0],
      ['hold 1970 behind a young one', [40 * DAY_MS, 0, IN_1970], 1],
      ['hold 1970 where halves look', [40 * DAY_MS, 0, IN_1970, 0, 0], 1],
      ['hold 1970 often', [DAY_MS, 0, IN_1970, 0, IN_1970, IN_1970, 0, IN_1970], 1],
      ['hold 1970 among old ones', [DAY_MS, IN_1970, DAY_MS, 0], 3],
      ['are ahead of the clock in the middle', [DAY_MS, -DAY_MS, DAY_MS, 0], 3],
      ['are ahead of the clock before a young one', [DAY_MS, -DAY_MS, -DAY_MS, 0], 1],
      ['are ahead of the clock at the end', [DAY_MS, DAY_MS, -DAY_MS, -DAY_MS], 2],
      ['are ahead of the clock at the beginning', [-DAY_MS, -DAY_MS, DAY_MS, DAY_MS], 4],
      ['are all ahead of the clock', [-DAY_MS, -DAY_MS, -DAY_MS], 0],
    ])('that %s is found, and what is old before it is dropped', async (_how, ago, last) => {
      const channel = await dated(...ago);
      expect(await history().seqBefore(channel, HOUR_MS)).toBe(last);
      expect(await history().retain({ channel, maxAgeMs: HOUR_MS })).toBe(last);
      expect(await kept(channel)).toEqual(range(last + 1, ago.length));
      expect(await history().seqBefore(channel, HOUR_MS)).toBe(last);
      expect(await history().retain({ maxAgeMs: HOUR_MS, channel })).toBe(0);
    });

    it('of an event that is ahead of the clock stops the retention of no channel for ever', async () => {
      const channel = await dated(DAY_MS, -DAY_MS, 0, 0);
      await history().retain({ maxAgeMs: HOUR_MS });
      expect(await kept(channel)).toEqual(range(2, 4));
      // A day later its followers are old.
      await store().hands.date(channel, [0, -DAY_MS, DAY_MS, 0]);
      await history().retain({ maxAgeMs: HOUR_MS });
      expect(await kept(channel)).toEqual([4]);
    });

    it('ahead of the clock in thousands of events holds up nothing behind them', async () => {
      const channel = newChannel('long');
      await post(store(), channel, 12_500);
      await store().hands.date(channel, [
        ...Array<number>(12_000).fill(-DAY_MS),
        ...Array<number>(400).fill(DAY_MS),
      ]);
      expect(await history().retain({ maxAgeMs: HOUR_MS, channel })).toBe(12_400);
      expect((await history().extents([channel])).get(channel)).toEqual({ earliest: 12_401, head: 12_500 });
    });

    it('in any order gives the last old event before the first young one', async () => {
      const ago = fc.constantFrom(DAY_MS, 2 * HOUR_MS, IN_1970, 0, HOUR_MS / 2, -HOUR_MS, -40 * DAY_MS);
      const logs = fc.array(ago, { minLength: 1, maxLength: 40 });
      const channel = newChannel('any');
      await post(store(), channel, 40);
      await fc.assert(
        fc.asyncProperty(logs, async (dates) => {
          const log = [...dates, ...Array<number>(40 - dates.length).fill(0)];
          await store().hands.date(channel, log);
          const young = log.findIndex((ms) => ms >= 0 && ms < HOUR_MS);
          const run = log.slice(0, young < 0 ? log.length : young);
          expect(await history().seqBefore(channel, HOUR_MS)).toBe(
            run.findLastIndex((ms) => ms > HOUR_MS) + 1,
          );
        }),
        { numRuns: propertyRuns(15, 200) },
      );
    });
  });
}
