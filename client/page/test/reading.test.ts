import { Carillon } from '@carillon/client';
import { expect, it, onTestFinished } from 'vitest';
import { createReader } from '../src/reading.ts';
import { advance } from '../src/state/advance.ts';
import { createStore } from '../src/state/store.ts';
import { emptyTimeline } from '../src/state/timeline.ts';
import { log } from './messages.ts';

const LENGTH = 1_000;
const within = { timeout: 20_000 };

/** A reader of a long channel whose server holds back the pages after the seqs in `held` until they are let go. */
function readLongChannel() {
  const held = new Map<number, () => void>();
  const slow = new Set<number>();
  const messages = log(LENGTH);
  const carillon = new Carillon({
    url: 'http://carillon.test',
    async fetch(input) {
      const { pathname, searchParams } = new URL(String(input));
      const about = { channel: 'lobby', head: LENGTH, earliest: 1 };
      if (pathname.endsWith('/events')) return Response.json({ ...about, events: [] });
      const limit = Number(searchParams.get('limit'));
      const after = searchParams.get('after');
      if (after === null) return Response.json({ ...about, messages: messages.slice(-limit) });
      const seq = Number(after);
      if (slow.has(seq)) await new Promise<void>((resolve) => held.set(seq, resolve));
      return Response.json({ ...about, messages: messages.slice(seq, seq + limit) });
    },
  });
  const timeline = createStore(emptyTimeline(undefined, 'a'));
  const reader = createReader({
    channel: 'lobby',
    carillon,
    timeline,
    apply: (action) => timeline.set(advance(timeline.get(), action)),
    seen: () => Promise.resolve(undefined),
    onDenied: () => {},
    isOpen: () => true,
  });
  const shown = () => [timeline.get().from, timeline.get().to];
  /** Jumps to a message whose page does not come before `arrives` is called. */
  const jumpSlowly = async (seq: number) => {
    const after = seq - 31;
    slow.add(after);
    const jumped = reader.toMessage(seq);
    await expect.poll(() => held.has(after), within).toBe(true);
    const arrives = async () => {
      held.get(after)?.();
      await jumped;
    };
    onTestFinished(arrives);
    return arrives;
  };
  return { reader, timeline, shown, jumpSlowly };
}

it('a page that comes after another message was gone to does not take the view back', async () => {
  const { reader, shown, jumpSlowly } = readLongChannel();
  const arrives = await jumpSlowly(200);
  await reader.toMessage(600);
  expect(shown()).toEqual([570, 669]);
  await arrives();
  expect(shown()).toEqual([570, 669]);
  expect(reader.marked.get()).toEqual({ seq: 600 });
  expect(reader.paging.get()).toEqual({});
});

it('a page that comes after a message on screen was gone to does not take the view back', async () => {
  const { reader, shown, jumpSlowly } = readLongChannel();
  await reader.toMessage(600);
  const arrives = await jumpSlowly(200);
  await reader.toMessage(610);
  await arrives();
  expect(shown()).toEqual([570, 669]);
  expect(reader.marked.get()).toEqual({ seq: 610 });
});

it('a page that comes after the newest messages were gone to does not take the view back', async () => {
  const { reader, timeline, shown, jumpSlowly } = readLongChannel();
  await reader.toNewest();
  const arrives = await jumpSlowly(200);
  await reader.toNewest();
  await arrives();
  await expect.poll(shown, within).toEqual([LENGTH - 59, LENGTH]);
  expect(timeline.get().following).toBe(true);
});
