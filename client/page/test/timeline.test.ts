import type { LogEvent } from '@carillon/client';
import { describe, expect, it } from 'vitest';
import type { TimelineAction } from '../src/state/advance.ts';
import { unseen } from '../src/state/attention.ts';
import { MAX_RECENT } from '../src/state/log-events.ts';
import { rowsOf } from '../src/state/rows.ts';
import { emptyTimeline, hasOlder, isDetached, type Timeline } from '../src/state/timeline.ts';
import { MAX_HELD } from '../src/state/window.ts';
import { echo, log, message } from './messages.ts';
import { ME, PEOPLE } from './server-log.ts';
import { page, range, receive, run, say, seqs } from './timeline-actions.ts';

const edit = (seq: number, target: number, body: string, author = PEOPLE[0]): LogEvent => ({
  type: 'edit',
  channel: 'lobby',
  seq,
  target,
  body,
  author: author as never,
  createdAt: '2026-01-05T13:00:00.000Z',
});

describe('a change that this version does not know', () => {
  it('changes no message and no quote, and moves the position', () => {
    const before = run(
      [page('newest', [message(1), message(2)], 2), { type: 'quoted', seq: 1, message: message(1) }],
      emptyTimeline(undefined, ME),
    );
    const sparkle = { ...edit(3, 1, 'x'), type: 'sparkle' } as unknown as LogEvent;
    const after = run([receive(sparkle)], before);
    expect(after.messages).toEqual(before.messages);
    expect(after.quotes).toEqual(before.quotes);
    expect([after.position, after.missed]).toEqual([3, 0]);
    expect(rowsOf(after)).toEqual(rowsOf(before));
  });
});

describe('what is done here', () => {
  const start = () =>
    run(
      [page('newest', [message(1), message(2, { author: PEOPLE[1] as never })], 2)],
      emptyTimeline(undefined, ME),
    );
  const texts = (timeline: Timeline) =>
    rowsOf(timeline).flatMap((row) =>
      row.kind === 'message' ? [row.message.deletedAt ? 'gone' : row.message.body] : [],
    );
  const me = PEOPLE[0] as never;

  it('is shown at once, and stays when the log has told of it', () => {
    let timeline = run(
      [{ type: 'tried', pending: { id: 'x', kind: 'edit', target: 1, body: 'better', author: me, at: '' } }],
      start(),
    );
    expect(texts(timeline)).toEqual(['better', 'm2']);
    timeline = run([{ type: 'done', id: 'x', seq: 3 }], timeline);
    expect([texts(timeline), timeline.pending.length]).toEqual([['better', 'm2'], 1]);
    timeline = run([receive(edit(3, 1, 'better'))], timeline);
    expect([texts(timeline), timeline.pending]).toEqual([['better', 'm2'], []]);
  });

  it('is taken back when it is refused', () => {
    const tried: TimelineAction = {
      type: 'tried',
      pending: { id: 'x', kind: 'delete', target: 1, author: me, at: 'now' },
    };
    const timeline = run([tried], start());
    expect(texts(timeline)).toEqual(['gone', 'm2']);
    expect(texts(run([{ type: 'undone', id: 'x' }], timeline))).toEqual(['m1', 'm2']);
  });

  it('to a reaction counts once, whether the log or the answer comes first', () => {
    const tried: TimelineAction = {
      type: 'tried',
      pending: { id: 'x', kind: 'reaction', emoji: '👍', op: 'add', target: 2, author: me, at: '' },
    };
    const told: TimelineAction = receive({
      type: 'reaction',
      channel: 'lobby',
      seq: 3,
      target: 2,
      emoji: '👍',
      op: 'add',
      count: 1,
      author: me,
      createdAt: '2026-01-05T13:00:00.000Z',
    });
    const answered: TimelineAction = { type: 'done', id: 'x' };
    const put = (timeline: Timeline) =>
      rowsOf(timeline).flatMap((row) =>
        row.kind === 'message'
          ? (row.message.reactions ?? []).map(({ emoji, count, mine }) => [
              row.message.seq,
              emoji,
              count,
              mine,
            ])
          : [],
      );
    const expected = [[2, '👍', 1, true]];
    expect(put(run([tried], start()))).toEqual(expected);
    for (const order of [
      [told, answered],
      [answered, told],
    ]) {
      const timeline = run([tried, ...order], start());
      expect([put(timeline), timeline.pending]).toEqual([expected, []]);
    }
  });
});

describe('a page', () => {
  const changesBetween = (first: number, last: number) =>
    range(first, last).map((seq) => edit(seq, 1, `e${seq}`));

  it('that was read before what the stream has told since is brought up to date', () => {
    const timeline = run([
      page('newest', log(150).slice(50), 150),
      receive(edit(151, 1, 'new text'), message(152)),
      page({ before: 51 }, log(50), 150),
    ]);
    expect(timeline.messages[0]?.body).toBe('new text');
    expect(seqs(timeline)).toEqual([...range(1, 150), 152]);
  });

  it('that was read too long before is refused', () => {
    const timeline = run([
      page('newest', log(150).slice(50), 150),
      receive(...changesBetween(151, 152 + MAX_RECENT)),
    ]);
    expect(run([page({ before: 51 }, log(50), 150)], timeline)).toBe(timeline);
    expect(seqs(run([page({ before: 51 }, log(50), 152 + MAX_RECENT)], timeline))[0]).toBe(1);
  });

  it('of fewer messages than were asked for is the last in its direction, though the log has more events', () => {
    const timeline = run([page('newest', log(103).slice(3), 103), page({ before: 4 }, [message(3)], 103)]);
    expect(hasOlder(timeline)).toBe(false);
    const around = run([page({ from: 2 }, log(80).slice(1), 90)]);
    expect([isDetached(around), around.to, hasOlder(around)]).toEqual([false, 90, true]);
  });

  it('around a message begins a window of its own, which reaches the newest again by pages', () => {
    let timeline = run([
      page('newest', log(3_000).slice(2_900), 3_000),
      page({ from: 50 }, log(149).slice(49), 3_000),
    ]);
    expect([isDetached(timeline), hasOlder(timeline), seqs(timeline).length]).toEqual([true, true, 100]);
    timeline = run([say(3_001)], timeline);
    expect(timeline.missed).toBe(1);
    for (let turn = 0; isDetached(timeline) && turn < 40; turn++)
      timeline = run(
        [page({ after: timeline.to }, log(3_001).slice(timeline.to, timeline.to + 100), 3_001)],
        timeline,
      );
    expect([seqs(timeline).at(-1), timeline.messages.length, timeline.missed]).toEqual([3_001, MAX_HELD, 0]);
  });
});

describe('the window', () => {
  const begin = run([page('newest', log(3_000).slice(2_900), 3_000)]);
  const long = range(1, 9).reduce(
    (timeline) =>
      run(
        [page({ before: timeline.from }, log(3_000).slice(timeline.from - 101, timeline.from - 1), 3_000)],
        timeline,
      ),
    begin,
  );
  const reading = () =>
    run(
      [
        { type: 'looked', following: false, visible: true },
        page({ before: 2_001 }, log(2_000).slice(1_900), 3_000),
      ],
      long,
    );

  it('keeps the newest while the view follows', () => {
    const after = run([say(3_001, 3_002)], long);
    expect(seqs(after)).toEqual(range(2_003, 3_002));
    expect([isDetached(after), hasOlder(after)]).toEqual([false, true]);
  });

  it('drops the newest while older ones are read, and then only counts what comes', () => {
    const timeline = run([say(3_001)], reading());
    expect(seqs(timeline)).toEqual(range(1_901, 2_900));
    expect([isDetached(timeline), unseen(timeline)]).toEqual([true, 1]);
  });

  it('reaches the newest again by pages, also when more comes meanwhile', () => {
    let timeline = run([page({ after: 2_900 }, log(3_000).slice(2_900), 3_000)], reading());
    // A full page does not say that it is the last.
    timeline = run([say(3_001), page({ after: 3_000 }, [], 3_000)], timeline);
    expect(isDetached(timeline)).toBe(false);
    expect(seqs(timeline)).toEqual(range(2_002, 3_001));
    timeline = run([{ type: 'looked', following: true, visible: true }, say(3_002)], timeline);
    expect(seqs(timeline)).toEqual(range(2_003, 3_002));
  });

  it('refuses a page that no longer fits', () => {
    expect(run([page({ before: 1_500 }, log(1_499).slice(1_400), 3_000)], long)).toBe(long);
  });
});

describe('a reset', () => {
  const reset = (reason: 'expired' | 'epoch', from: number, head: number): TimelineAction => ({
    type: 'reset',
    reset: { reason, from, head },
  });

  it('for expired history leaves a gap', () => {
    const timeline = run([page('newest', log(3), 3), reset('expired', 9, 12), say(9)]);
    expect(timeline.gaps).toEqual([{ after: 3, before: 9 }]);
    expect(seqs(timeline)).toEqual([1, 2, 3, 9]);
  });

  it('for a store that was rebuilt starts anew, and keeps what is being sent', () => {
    const timeline = run([
      page('newest', log(3), 3),
      { type: 'sent', echo: echo('k') },
      reset('epoch', 1, 1),
      say(1),
      page('newest', log(1), 1),
    ]);
    expect(timeline).toMatchObject({ rebuilt: true, head: 1, gaps: [] });
    expect(seqs(timeline)).toEqual([1]);
    expect(timeline.echoes).toHaveLength(1);
  });
});

describe('what was seen', () => {
  it('is everything while the view follows; messages that come otherwise are counted and marked', () => {
    let timeline = run([page('newest', log(2), 2), say(3)]);
    expect([timeline.seen, unseen(timeline), timeline.newFrom]).toEqual([3, 0, undefined]);
    timeline = run([{ type: 'looked', following: true, visible: false }, receive(edit(4, 1, 'x'))], timeline);
    expect([unseen(timeline), timeline.newFrom]).toEqual([0, undefined]);
    timeline = run([say(5, 6)], timeline);
    expect([unseen(timeline), timeline.newFrom]).toEqual([2, 4]);
    timeline = run([{ type: 'looked', following: true, visible: true }], timeline);
    expect([unseen(timeline), timeline.newFrom]).toEqual([0, 4]);
    timeline = run([{ type: 'looked', following: false, visible: true }], timeline);
    expect(timeline.newFrom).toBeUndefined();
  });

  it('begins where an earlier visit ended', () => {
    const timeline = run([page('newest', log(9), 9)], emptyTimeline(6));
    expect([timeline.newFrom, unseen(timeline)]).toEqual([7, 0]);
  });

  it('stays counted while it leaves the window and comes back', () => {
    let timeline = run([
      page('newest', log(200).slice(100), 200),
      { type: 'looked', following: false, visible: true },
      say(201, 202),
    ]);
    expect(unseen(timeline)).toBe(2);
    timeline = run([page({ from: 1 }, log(100), 202), say(203)], timeline);
    expect([isDetached(timeline), unseen(timeline)]).toEqual([true, 3]);
    timeline = run(
      [page({ after: 100 }, log(200).slice(100), 203), page({ after: 200 }, log(203).slice(200), 203)],
      timeline,
    );
    expect([isDetached(timeline), unseen(timeline)]).toEqual([false, 3]);
  });
});

describe('an echo', () => {
  it('keeps its place among others, fails, is tried again last, and is discarded', () => {
    let timeline = run([
      page('newest', [], 0),
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

  it('stays when somebody else has used its key, and goes with its own message', () => {
    const eve = { id: 'eve', name: 'Eve' };
    let timeline = run([
      page('newest', [], 0),
      { type: 'sent', echo: echo('k') },
      receive(message(1, { key: 'k', author: eve })),
    ]);
    expect(timeline.echoes.map(({ key }) => key)).toEqual(['k']);
    timeline = run([receive(message(2, { key: 'k' }))], timeline);
    expect(timeline.echoes).toEqual([]);
    timeline = run([{ type: 'sent', echo: echo('k') }], timeline);
    expect(timeline.echoes).toEqual([]);
  });

  it('of a guest goes with the message that was stored under the name they took', () => {
    const named = message(1, { key: 'k', author: { id: 's1', name: 'Ada' } });
    const timeline = run([
      page('newest', [], 0),
      { type: 'sent', echo: echo('k') },
      { type: 'identified', me: 's1' },
      receive(named),
    ]);
    expect(timeline.echoes).toEqual([]);
  });

  it('is not made of a message that is already there', () => {
    const timeline = run([
      page('newest', [], 0),
      receive(message(1, { key: 'k' })),
      { type: 'sent', echo: echo('k') },
      { type: 'failed', key: 'k', failure: 'late' },
    ]);
    expect(timeline.echoes).toEqual([]);
  });
});
