import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { type Appended, type Draft, GroupCommit, HistoryBusy } from '../src/index.ts';

/** The bounds that GroupCommit states. */
const MAX_BATCH = 256;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

const draft = (body: string, channel = 'lobby'): Draft => ({
  channel,
  author: { id: 'ada', name: 'Ada' },
  body,
});

/** A store in memory whose commits end when the test says so. */
class HeldStore {
  readonly batches: string[][] = [];
  readonly #heads = new Map<string, number>();
  #end: (() => void) | undefined;
  #waiting: (() => void) | undefined;

  append = async (drafts: readonly Draft[]): Promise<Appended[]> => {
    this.batches.push(drafts.map(({ body }) => body));
    this.#waiting?.();
    await new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    if (drafts.some(({ body }) => body.startsWith('poison'))) throw new Error('the store is away');
    return drafts.map(({ channel, author, body }) => {
      const seq = (this.#heads.get(channel) ?? 0) + 1;
      this.#heads.set(channel, seq);
      return {
        outcome: 'created',
        message: { channel, seq, author, body, createdAt: new Date(0).toISOString() },
      };
    });
  };

  /** Waits until the batch of this number (from 1) is in flight. */
  async inFlight(number: number): Promise<void> {
    while (this.batches.length < number) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  end(): void {
    this.#end?.();
  }
}

/** Ends every batch until all of these are settled. */
async function finish<T>(store: HeldStore, posts: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  let settled = false;
  const all = Promise.allSettled(posts).finally(() => {
    settled = true;
  });
  for (let batch = 1; !settled && batch <= posts.length; batch++) {
    await Promise.race([store.inFlight(batch), all]);
    store.end();
  }
  return all;
}

describe('GroupCommit', () => {
  it('commits what came in one turn as one batch', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    await finish(
      store,
      ['a', 'b', 'c'].map((body) => writer.append(draft(body))),
    );
    expect(store.batches).toEqual([['a', 'b', 'c']]);
  });

  it('gathers what comes while a batch is in flight for the next one', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    const posts = [writer.append(draft('a'))];
    await store.inFlight(1);
    posts.push(writer.append(draft('b')), writer.append(draft('c')));
    await finish(store, posts);
    expect(store.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('starts again after it came to rest', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    await finish(store, [writer.append(draft('a'))]);
    await new Promise((resolve) => setImmediate(resolve));
    const second = writer.append(draft('b'));
    await store.inFlight(2);
    store.end();
    await expect(second).resolves.toMatchObject({ message: { body: 'b', seq: 2 } });
  });

  it('keeps the order of acceptance in each channel, however the posts arrive', async () => {
    const arrivals = fc.array(
      fc.record({ channel: fc.constantFrom('a', 'b', 'c'), pause: fc.boolean(), commit: fc.boolean() }),
      { minLength: 1, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (plan) => {
        const store = new HeldStore();
        const writer = new GroupCommit(store);
        const posts: Promise<Appended>[] = [];
        for (const [index, { channel, pause, commit }] of plan.entries()) {
          posts.push(writer.append(draft(String(index), channel)));
          if (pause) await new Promise((resolve) => setImmediate(resolve));
          if (commit) store.end();
        }
        const answers = await finish(store, posts);
        const heads = new Map<string, number>();
        for (const [index, { channel }] of plan.entries()) {
          const seq = (heads.get(channel) ?? 0) + 1;
          heads.set(channel, seq);
          expect(answers[index]).toMatchObject({ value: { message: { channel, seq, body: String(index) } } });
        }
        expect(store.batches.flat()).toEqual(plan.map((_, index) => String(index)));
      }),
      { numRuns: propertyRuns(30, 60) },
    );
  });

  it('rejects exactly the batch that failed', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    const posts = [writer.append(draft('before'))];
    await store.inFlight(1);
    posts.push(writer.append(draft('poison')), writer.append(draft('beside')));
    store.end();
    await store.inFlight(2);
    posts.push(writer.append(draft('after')));
    const answers = await finish(store, posts);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(answers[3]).toMatchObject({ value: { message: { body: 'after', seq: 2 } } });
  });

  it(`puts at most ${MAX_BATCH} drafts in one batch`, async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    await finish(
      store,
      Array.from({ length: MAX_BATCH + 10 }, (_, index) => writer.append(draft(String(index)))),
    );
    expect(store.batches.map(({ length }) => length)).toEqual([MAX_BATCH, 10]);
  });

  it('ends a batch when its bodies reach the bound of bytes', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    const body = 'x'.repeat(MAX_BATCH_BYTES / 4);
    await finish(
      store,
      Array.from({ length: 5 }, () => writer.append(draft(body))),
    );
    expect(store.batches.map(({ length }) => length)).toEqual([4, 1]);
  });

  it('commits a body larger than the bound of a batch, alone', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    const bodies = ['x'.repeat(MAX_BATCH_BYTES + 1), 'small'];
    await finish(
      store,
      bodies.map((body) => writer.append(draft(body))),
    );
    expect(store.batches).toEqual([[bodies[0]], ['small']]);
  });

  it('refuses at once what comes when too many wait, and takes posts again when they are stored', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    const posts = Array.from({ length: MAX_WAITING }, (_, index) => writer.append(draft(String(index))));
    await expect(writer.append(draft('too many'))).rejects.toThrow(HistoryBusy);
    await store.inFlight(1);
    posts.push(writer.append(draft('has room')));
    const answers = await finish(store, posts);
    expect(answers.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(store.batches.flat()).toHaveLength(MAX_WAITING + 1);
  });

  it('refuses at once what comes when too many bytes wait', async () => {
    const store = new HeldStore();
    const writer = new GroupCommit(store);
    const body = 'x'.repeat(MAX_WAITING_BYTES / 8);
    const posts = Array.from({ length: 8 }, () => writer.append(draft(body)));
    await expect(writer.append(draft('x'))).rejects.toThrow(HistoryBusy);
    const answers = await finish(store, posts);
    expect(answers.every(({ status }) => status === 'fulfilled')).toBe(true);
    const again = writer.append(draft('x'));
    await store.inFlight(posts.length + 1);
    store.end();
    await expect(again).resolves.toMatchObject({ outcome: 'created' });
  });

  it('tells the observer of each batch: how many, and how long it took', async () => {
    const store = new HeldStore();
    const seen: [number, number][] = [];
    const writer = new GroupCommit(store, (drafts, seconds) => seen.push([drafts, seconds]));
    const posts = [writer.append(draft('a'))];
    await store.inFlight(1);
    posts.push(writer.append(draft('poison')), writer.append(draft('c')));
    await finish(store, posts);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.map(([drafts]) => drafts)).toEqual([1, 2]);
    expect(seen.every(([, seconds]) => seconds >= 0)).toBe(true);
  });
});
