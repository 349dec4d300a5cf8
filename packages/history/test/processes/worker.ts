import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appended,
  type ChangeDraft,
  type Draft,
  GroupCommit,
  type History,
  HistoryUnavailable,
  openHistory,
} from '@carillon/history';
import type { Change } from '@carillon/protocol';
import { percentile } from '../percentile.ts';

/** Posts, reacts, edits and deletes at some messages of a channel, one after the other, until it is killed or has done as much. */
export interface ChangeOrder {
  kind: 'change';
  channel: string;
  author: string;
  count: number;
}

/** Posts so many, one each millisecond whatever becomes of those before, and reads meanwhile. */
export interface LoadOrder {
  kind: 'load';
  channel: string;
  posts: number;
}

/** What a load was like for the process. */
export interface Load {
  /** Times of 99 in 100, ms: what a turn of the event loop took too long, and a read. */
  delayMs: number;
  readMs: number;
  /** Transactions that the posts were committed in. */
  commits: number;
}

/** Appends these batches, `atOnce` of them at a time; or one post after the other until it is killed; or so many with marks of fsync around; or indexes until it is killed. */
export type Order =
  | { kind: 'append'; batches: Draft[][]; atOnce: number }
  | { kind: 'post'; channel: string; writers: number }
  | ChangeOrder
  | LoadOrder
  | { kind: 'commit'; channel: string; count: number; mark: string }
  | { kind: 'index' };

export type Report =
  | { kind: 'open'; epoch: string; pid: number }
  | { kind: 'failed'; name: string; message: string; stored?: 'no' | 'unknown' }
  | { kind: 'appended'; answers: Appended[][] }
  | { kind: 'stored'; seq: number; body: string }
  | { kind: 'changed'; change: Change }
  | { kind: 'finished' }
  | { kind: 'committed' }
  | ({ kind: 'loaded' } & Load)
  | { kind: 'indexed'; messages: number; more: boolean };

const report = (message: Report) => process.send?.(message);

async function obey(history: History, order: Order): Promise<void> {
  if (order.kind === 'append') {
    const answers: Appended[][] = [];
    const waiting = [...order.batches.entries()];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        answers[next[0]] = await history.append(next[1]);
      }
    };
    await Promise.all(Array.from({ length: order.atOnce }, work));
    report({ kind: 'appended', answers });
  } else if (order.kind === 'post') {
    const commit = new GroupCommit(history);
    const write = async (writer: number) => {
      for (let count = 0; process.connected; count++) {
        const body = `${writer}: ${count}`;
        const draft = { channel: order.channel, author: { id: `${writer}`, name: 'W' }, body, key: body };
        const answer = await commit.append(draft);
        if (answer.outcome === 'created') report({ kind: 'stored', seq: answer.message.seq, body });
      }
    };
    await Promise.all(Array.from({ length: order.writers }, (_, writer) => write(writer)));
  } else if (order.kind === 'index') {
    while (process.connected) {
      const { messages, more } = await history.search.index();
      report({ kind: 'indexed', messages, more });
      if (!more) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } else if (order.kind === 'load') {
    report({ kind: 'loaded', ...(await load(history, order)) });
  } else if (order.kind === 'change') {
    await changeAll(history, order);
    report({ kind: 'finished' });
  } else {
    const mark = openSync(order.mark, 'w');
    fdatasyncSync(mark);
    for (let count = 0; count < order.count; count++) {
      await history.append([{ channel: order.channel, author: { id: 'a', name: 'A' }, body: `${count}` }]);
    }
    fdatasyncSync(mark);
    closeSync(mark);
    report({ kind: 'committed' });
  }
}

async function load(history: History, { channel, posts }: LoadOrder): Promise<Load> {
  let commits = 0;
  const commit = new GroupCommit(history, () => {
    commits += 1;
  });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  let posting = true;
  const reading = (async () => {
    const times: number[] = [];
    while (posting) {
      const start = performance.now();
      await history.messages(channel, { limit: 10 });
      times.push(performance.now() - start);
      await sleep(1);
    }
    return times;
  })();
  const answers: Promise<Appended>[] = [];
  for (let count = 0; count < posts; count++) {
    answers.push(commit.append({ channel, author: { id: 'a', name: 'A' }, body: `${count}` }));
    await sleep(1);
  }
  for (const { outcome } of await Promise.all(answers)) {
    if (outcome !== 'created') throw new Error(`a post was ${outcome}`);
  }
  posting = false;
  delays.disable();
  return { delayMs: delays.percentile(99) / 1e6, readMs: percentile(await reading, 0.99), commits };
}

/** Different people at the same few messages: they meet at each. */
async function changeAll(history: History, { channel, author: id, count }: ChangeOrder): Promise<void> {
  const author = { id, name: id };
  for (let turn = 0; turn < count && process.connected; turn++) {
    const [posted] = await history.append([{ channel, author, body: `${id} ${turn} @${id}` }]);
    const seq = posted?.outcome === 'created' ? posted.message.seq : 1;
    const target = Math.max(1, seq - (turn % 7));
    const about = { channel, target, author };
    const drafts: ChangeDraft[] = [
      { type: 'reaction', ...about, emoji: '👍', op: 'add' },
      { type: 'edit', ...about, body: `${id} edits ${turn} @somebody` },
      { type: 'reaction', ...about, target: 1, emoji: '🎉', op: turn % 2 === 0 ? 'add' : 'remove' },
      ...(turn % 3 === 0 ? [{ type: 'delete' as const, ...about, target: Math.max(2, target - 1) }] : []),
    ];
    for (const draft of drafts) {
      const changed = await history.change(draft);
      if (changed.outcome === 'changed') report({ kind: 'changed', change: changed.change });
    }
  }
}

const fail = (error: unknown) => {
  const { name, message } = error as Error;
  // Behind what is still on its way.
  const stored = error instanceof HistoryUnavailable ? { stored: error.stored } : {};
  process.send?.({ kind: 'failed', name, message, ...stored } satisfies Report, () => process.disconnect());
};

openHistory(process.argv[2] ?? '').then((history) => {
  report({ kind: 'open', epoch: history.epoch, pid: process.pid });
  process.on('message', (order: Order) => void obey(history, order).catch(fail));
  process.on('disconnect', () => void history.close());
}, fail);
