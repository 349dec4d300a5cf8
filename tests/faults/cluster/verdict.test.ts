import type { Message } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import type { Evidence, Post } from './evidence.ts';
import { LATE_MS, punctuality } from './punctuality.ts';
import { CLEAN, judge } from './verdict.ts';

/** Three acknowledged posts of one writer, which the log has and one reader got; one each millisecond. */
function evidence() {
  const posts = [1, 2, 3].map((seq) => postOf(seq));
  const log = posts.map(({ message }) => message as Message);
  const arrivals = log.map((message, index) => ({ ...message, at: index }));
  const reading = { reader: 'reader', channels: ['a'], arrivals, complaints: [] as string[] };
  return { posts, readings: [reading], logs: new Map([['a', log]]), log, arrivals, reading };
}

function postOf(seq: number): Post {
  const [key, body] = [`key ${seq}`, `body ${seq}`];
  const author = { id: 'guest', name: 'Guest' };
  const message: Message = { channel: 'a', seq, key, body, author, createdAt: '2026-01-01T00:00:00.000Z' };
  return { writer: 'w', key, channel: 'a', body, attempts: 1, sentAt: seq, ackedAt: seq, message };
}

describe('the verdict', () => {
  it('finds nothing if every acknowledged message came once, in order and as it was posted', () => {
    expect(judge(evidence())).toEqual({ ...CLEAN, examples: [] });
  });

  it.for<[fault: string, change: (e: ReturnType<typeof evidence>) => void, expected: object]>([
    ['a reader never got the newest', ({ arrivals }) => arrivals.pop(), { lost: 1 }],
    ['a reader never got one in between', ({ arrivals }) => arrivals.splice(1, 1), { lost: 1, holes: 1 }],
    ['a reader got nothing', ({ arrivals }) => arrivals.splice(0), { lost: 3 }],
    [
      'a reader got one twice',
      ({ arrivals }) => arrivals.push({ ...arrivals[2], at: 9 } as never),
      { repeated: 1 },
    ],
    [
      'two came the other way round',
      ({ arrivals }) => arrivals.push(...arrivals.splice(1, 1)),
      { holes: 1, disordered: 1 },
    ],
    [
      'the text that came is not what was posted',
      ({ arrivals }) => arrivals.splice(0, 1, { ...arrivals[0], body: 'x' } as never),
      { altered: 1 },
    ],
    [
      'what came as 2 was acknowledged as another',
      ({ posts }) => {
        (posts[1] as Post).message = { ...(posts[1]?.message as Message), seq: 4 };
      },
      { altered: 1, lost: 2, disordered: 1 },
    ],
    [
      'what came was posted to another channel',
      ({ posts }) => posts.splice(2, 1, { ...postOf(3), channel: 'b' }),
      { altered: 1 },
    ],
    [
      'what came is of a channel that the reader does not follow',
      ({ arrivals, log }) => arrivals.push({ ...(log[0] as Message), channel: 'b', at: 9 }),
      { altered: 1 },
    ],
    ['what came was never posted', ({ posts }) => posts.pop(), { altered: 2 }],
    ['the log has not what was acknowledged', ({ log }) => log.pop(), { lost: 1 }],
    ['the log leaves a seq out', ({ log }) => log.splice(1, 1), { lost: 1, holes: 1 }],
    [
      'the log has a message twice',
      ({ log }) => log.push({ ...(log[2] as Message), seq: 4 }),
      { repeated: 1 },
    ],
    [
      'a post failed for good',
      ({ posts }) => {
        const { message: _, ackedAt: __, ...post } = postOf(4);
        posts.push({ ...post, failure: 'refused' });
      },
      { failed: 1 },
    ],
    [
      'a later post stands before an earlier one',
      ({ posts }) => posts.push(...posts.splice(1, 1)),
      { disordered: 1 },
    ],
    ['a stream told of a loss', ({ reading }) => reading.complaints.push('reset'), { complaints: 1 }],
  ])('finds it where %s', ([, change, expected]) => {
    const changed = evidence();
    change(changed);
    const { examples, ...counts } = judge(changed);
    expect(counts).toEqual({ ...CLEAN, ...expected });
    expect(examples).not.toEqual([]);
  });

  it('accepts repeats and any order from a reader that was promised no more, but no loss', () => {
    const { posts, readings, logs, arrivals } = evidence();
    const [reading] = readings.map((strict) => ({ ...strict, isLoose: true }));
    arrivals.push(...arrivals.splice(0, 1), { ...arrivals[0], at: 9 } as never);
    const judged = () => judge({ posts, readings: reading === undefined ? [] : [reading], logs });
    expect(judged()).toEqual({ ...CLEAN, examples: [] });
    arrivals.splice(0, 1);
    arrivals.pop();
    expect(judged()).toMatchObject({ ...CLEAN, lost: 1 });
  });

  it('expects of a reader only the messages of its channels', () => {
    const { posts, readings, logs }: Evidence = evidence();
    const other = { reader: 'other', channels: ['b'], arrivals: [], complaints: [] };
    expect(judge({ posts, readings: [...readings, other], logs })).toEqual({ ...CLEAN, examples: [] });
  });
});

describe('punctuality', () => {
  it('is late until the last late message has come', () => {
    const { posts, readings, arrivals } = evidence();
    Object.assign(arrivals[1] as object, { at: LATE_MS + 10 });
    expect(punctuality(posts, readings, 5_000)).toEqual({
      lateUntil: LATE_MS + 10,
      longestPostMs: 0,
      longestDeliveryMs: LATE_MS + 8,
    });
  });

  it('is late until now if a message has not come or a post has no answer', () => {
    const { posts, readings, arrivals } = evidence();
    expect(punctuality(posts, readings, 5_000).lateUntil).toBeUndefined();
    arrivals.pop();
    expect(punctuality(posts, readings, 5_000).lateUntil).toBe(5_000);
    const { message: _, ackedAt: __, ...unanswered } = postOf(4);
    expect(punctuality([unanswered], [], 5_000).lateUntil).toBe(5_000);
  });
});
