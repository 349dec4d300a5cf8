import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  emptyTimeline,
  hasOlder,
  MAX_HELD,
  type Timeline,
  type TimelineAction,
  unseen,
} from '../src/state/timeline.ts';
import { echo, log, message } from './messages.ts';

const seqs = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq);
const run = (actions: TimelineAction[], start = emptyTimeline()) => actions.reduce(advance, start);
const open = (head: number, from: number, earliest = 1): TimelineAction => ({
  type: 'opened',
  head,
  earliest,
  from,
});
const receive = (...numbers: number[]): TimelineAction => ({
  type: 'received',
  messages: numbers.map((seq) => message(seq)),
});
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('any interleaving', () => {
  const LOG = 40;
  const own = new Set([3, 8, 21, 30, 31, 39]);
  const whole = log(LOG, own);

  /** Something that happens to the page. Numbers choose what, relative to how far things are. */
  const happening = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ what: fc.constant('stream' as const), count: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant('again' as const), seq: fc.integer({ min: 1, max: LOG }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant('older' as const), limit: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant('newer' as const), limit: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('answered' as const), index: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('failed' as const), index: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('retried' as const), index: fc.nat(5) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant('looked' as const),
        following: fc.boolean(),
        visible: fc.boolean(),
      }),
    },
  );

  it('of pages, stream events, answers and duplicates holds each seq once, in order, and no echo of what has come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: LOG }),
        fc.array(happening, { maxLength: 60 }),
        (from, happenings) => {
          let timeline = run([open(LOG, from)]);
          let next = from;
          const ownKeys = [...own].map((seq) => whole[seq - 1]?.key ?? '');
          for (const key of ownKeys) timeline = advance(timeline, { type: 'sent', echo: echo(key) });
          const apply = (action: TimelineAction) => {
            timeline = advance(timeline, action);
            const held = seqs(timeline);
            expect(held).toEqual([...new Set(held)].sort((a, b) => a - b));
            const keys = new Set(timeline.messages.map(({ key }) => key));
            for (const { key } of timeline.echoes) expect(keys.has(key)).toBe(false);
          };
          const page = (messages: typeof whole, at: { before?: number; after?: number }) =>
            apply({ type: 'paged', messages, head: LOG, earliest: 1, ...at });
          for (const happens of happenings) {
            if (happens.what === 'stream') {
              apply({ type: 'received', messages: whole.slice(next - 1, next - 1 + happens.count) });
              next = Math.min(LOG + 1, next + happens.count);
            } else if (happens.what === 'again') {
              if (happens.seq < next && happens.seq >= from)
                apply({ type: 'received', messages: whole.slice(happens.seq - 1, happens.seq) });
            } else if (happens.what === 'older') {
              const before = timeline.messages[0]?.seq ?? from;
              page(whole.slice(Math.max(0, before - 1 - happens.limit), before - 1), { before });
            } else if (happens.what === 'newer') {
              const after = timeline.messages.at(-1)?.seq ?? from - 1;
              page(whole.slice(after, after + happens.limit), { after });
            } else if (happens.what === 'answered') {
              const seq = [...own][happens.index] ?? 0;
              if (seq >= from) apply({ type: 'received', messages: whole.slice(seq - 1, seq) });
            } else if (happens.what === 'looked') {
              apply({ type: 'looked', following: happens.following, visible: happens.visible });
            } else if (happens.what === 'failed') {
              apply({ type: 'failed', key: ownKeys[happens.index] ?? '', failure: 'no' });
            } else {
              apply({ type: 'retried', key: ownKeys[happens.index] ?? '' });
            }
          }
          apply({ type: 'received', messages: whole.slice(next - 1) });
          for (let turn = 0; hasOlder(timeline) && turn < LOG; turn++) {
            const before = timeline.messages[0]?.seq ?? from;
            page(whole.slice(Math.max(0, before - 11), before - 1), { before });
          }
          expect(timeline.detached).toBe(false);
          expect(seqs(timeline)).toEqual(range(1, LOG));
          expect(timeline.echoes).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the window', () => {
  const long = run([open(3_000, 2_001), { type: 'received', messages: log(3_000).slice(2_000) }]);

  it('keeps the newest while the view follows', () => {
    const after = run([receive(3_001, 3_002)], long);
    expect(seqs(after)).toEqual(range(2_003, 3_002));
    expect(after.detached).toBe(false);
    expect(hasOlder(after)).toBe(true);
  });

  it('drops the newest while older ones are read, and then only counts what comes', () => {
    const reading = run(
      [
        { type: 'looked', following: false, visible: true },
        { type: 'paged', before: 2_001, messages: log(2_000).slice(1_900), head: 3_000, earliest: 1 },
        receive(3_001),
      ],
      long,
    );
    expect(seqs(reading)).toEqual(range(1_901, 2_900));
    expect(reading.detached).toBe(true);
    expect(unseen(reading)).toBe(1);
  });

  it('reaches the newest again by pages, also when more comes meanwhile', () => {
    let timeline = run(
      [
        { type: 'looked', following: false, visible: true },
        { type: 'paged', before: 2_001, messages: log(2_000).slice(1_900), head: 3_000, earliest: 1 },
      ],
      long,
    );
    timeline = run(
      [{ type: 'paged', after: 2_900, messages: log(3_000).slice(2_900), head: 3_000, earliest: 1 }],
      timeline,
    );
    expect(timeline.detached).toBe(false);
    expect(seqs(timeline)).toEqual(range(2_001, 3_000));
    timeline = run([{ type: 'looked', following: true, visible: true }, receive(3_001)], timeline);
    expect(seqs(timeline)).toEqual(range(3_002 - MAX_HELD, 3_001));
  });

  it('stays detached when a page ends before what the stream has told of', () => {
    const detached = run(
      [
        { type: 'looked', following: false, visible: true },
        { type: 'paged', before: 2_001, messages: log(2_000).slice(1_900), head: 3_000, earliest: 1 },
        receive(3_001),
        { type: 'paged', messages: log(3_000).slice(2_950), head: 3_000, earliest: 1 },
      ],
      long,
    );
    expect(detached.detached).toBe(true);
    const caughtUp = run(
      [{ type: 'paged', after: 3_000, messages: [message(3_001)], head: 3_001, earliest: 1 }],
      detached,
    );
    expect(caughtUp.detached).toBe(false);
    expect(seqs(caughtUp)).toEqual(range(2_951, 3_001));
  });

  it('refuses a page that no longer fits', () => {
    const moved = run(
      [{ type: 'paged', before: 1_500, messages: log(1_499).slice(1_400), head: 3_000, earliest: 1 }],
      long,
    );
    expect(moved).toBe(long);
  });
});

describe('a reset', () => {
  const reset = (reason: 'expired' | 'epoch', from: number, head: number): TimelineAction => ({
    type: 'reset',
    reset: { channel: 'lobby', reason, from, head, history: '' },
  });

  it('for expired history leaves a gap', () => {
    const timeline = run([open(3, 1), receive(1, 2, 3), reset('expired', 9, 12), receive(9)]);
    expect(timeline.gaps).toEqual([{ after: 3, before: 9 }]);
    expect(seqs(timeline)).toEqual([1, 2, 3, 9]);
  });

  it('for a store that was rebuilt starts anew, and keeps what is being sent', () => {
    const timeline = run([
      open(3, 1),
      receive(1, 2, 3),
      { type: 'sent', echo: echo('k') },
      reset('epoch', 1, 1),
      open(1, 1),
      receive(1),
    ]);
    expect(timeline).toMatchObject({ rebuilt: true, head: 1, gaps: [] });
    expect(seqs(timeline)).toEqual([1]);
    expect(timeline.echoes).toHaveLength(1);
  });
});

describe('what was seen', () => {
  it('is everything while the view follows; what comes otherwise is counted and marked', () => {
    let timeline = run([open(2, 1), receive(1, 2), receive(3)]);
    expect([timeline.seen, unseen(timeline), timeline.newFrom]).toEqual([3, 0, undefined]);
    timeline = run([{ type: 'looked', following: true, visible: false }, receive(4, 5)], timeline);
    expect([unseen(timeline), timeline.newFrom]).toEqual([2, 4]);
    timeline = run([{ type: 'looked', following: true, visible: true }], timeline);
    expect([unseen(timeline), timeline.newFrom]).toEqual([0, 4]);
    timeline = run([{ type: 'looked', following: false, visible: true }], timeline);
    expect(timeline.newFrom).toBeUndefined();
  });

  it('begins where an earlier visit ended', () => {
    const timeline = run([open(9, 1), receive(...range(1, 9))], emptyTimeline(6));
    expect(timeline.newFrom).toBe(7);
    expect(unseen(timeline)).toBe(0);
  });
});

describe('an echo', () => {
  it('keeps its place among others, fails, is tried again last, and is discarded', () => {
    let timeline = run([
      open(0, 1),
      ...['a', 'b', 'c'].map((key) => ({ type: 'sent', echo: echo(key) }) as const),
    ]);
    timeline = run([{ type: 'failed', key: 'a', failure: 'away' }], timeline);
    expect(timeline.echoes.map(({ key, failure }) => [key, failure])).toEqual([
      ['a', 'away'],
      ['b', undefined],
      ['c', undefined],
    ]);
    timeline = run([{ type: 'retried', key: 'a' }], timeline);
    expect(timeline.echoes.map(({ key, failure }) => [key, failure])).toEqual([
      ['b', undefined],
      ['c', undefined],
      ['a', undefined],
    ]);
    timeline = run([{ type: 'discarded', key: 'b' }], timeline);
    expect(timeline.echoes.map(({ key }) => key)).toEqual(['c', 'a']);
  });

  it('is not made of a message that is already there', () => {
    const timeline = run([
      open(1, 1),
      { type: 'received', messages: [message(1, { key: 'k' })] },
      { type: 'sent', echo: echo('k') },
      { type: 'failed', key: 'k', failure: 'late' },
    ]);
    expect(timeline.echoes).toEqual([]);
  });
});
