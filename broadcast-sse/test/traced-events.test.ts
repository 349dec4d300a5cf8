import type { Span, SpanOptions, Tracing } from '@carillon/protocol';
import { beforeEach, expect, it } from 'vitest';
import { HOLE_PATIENCE_MS } from '../src/feed.ts';
import { Hub } from '../src/hub.ts';
import { SLICE_VISITS } from '../src/slices.ts';
import { ListSink } from './support/list-sink.ts';
import { ManualClock } from './support/manual-clock.ts';
import { MemoryHistory } from './support/memory-history.ts';

/** Keeps spans by their path, `parent name`, with their attributes, in the order of their ends. */
class ListTracing implements Tracing {
  readonly ended: { path: string; attributes: object; start: number; end: number }[] = [];
  open = 0;
  #now = 0;

  now(): number {
    this.#now += 1;
    return this.#now;
  }

  begin(name: string, _caller: unknown, options?: SpanOptions): Span {
    return this.#span(name, options);
  }

  follow(traceparent: string, name: string, options?: SpanOptions): Span {
    return this.#span(`${traceparent} ${name}`, options);
  }

  paths(): string[] {
    return this.ended.map(({ path }) => path);
  }

  #span(path: string, { start = this.now(), attributes }: SpanOptions = {}): Span {
    this.open += 1;
    const end = (more: object = {}, at = this.now()) => {
      this.open -= 1;
      this.ended.push({ path, attributes: { ...attributes, ...more }, start, end: at });
    };
    return {
      traceId: `trace of ${path}`,
      spanId: path,
      traceparent: path,
      child: (name, options) => this.#span(`${path} ${name}`, options),
      end,
      fail: end,
    };
  }
}

let history: MemoryHistory;
let clock: ManualClock;
let tracing: ListTracing;
let hub: Hub;
beforeEach(() => {
  history = new MemoryHistory();
  clock = new ManualClock();
  tracing = new ListTracing();
  hub = new Hub({ history, clock, watchers: { tracing } });
});

async function read(channel: string): Promise<ListSink> {
  const sink = new ListSink();
  hub.attach(sink.stream, { channels: [channel], since: { kind: 'latest' } });
  await clock.settle();
  return sink;
}

it('a live event is received, and its round has as many writes as readers', async () => {
  const readers = [await read('lobby'), await read('lobby'), await read('lobby')];
  hub.receive('lobby', history.commit('lobby', 2), new Map([[2, 't']]));
  await clock.settle();
  for (const reader of readers) expect(reader.seqs('lobby')).toEqual([1, 2]);
  expect(tracing.paths()).toEqual(['t receive', 't receive round']);
  expect(tracing.ended[1]?.attributes).toEqual({ 'carillon.writes': 3 });
  expect(tracing.open).toBe(0);
});

it('an event that comes during a round ends with the last reader of the next one', async () => {
  const readers: ListSink[] = [];
  for (let index = 0; index < SLICE_VISITS * 2; index++) readers.push(await read('lobby'));
  hub.receive('lobby', history.commit('lobby'));
  clock.turn();
  hub.receive('lobby', history.commit('lobby'), new Map([[2, 't']]));
  await clock.settle();
  for (const reader of readers) expect(reader.seqs('lobby')).toEqual([1, 2]);
  expect(tracing.paths()).toEqual(['t receive', 't receive round']);
  expect(tracing.ended[1]?.attributes).toEqual({ 'carillon.writes': readers.length });
});

it('an event behind a hole waits for the store, and goes on when the hole is filled', async () => {
  const reader = await read('lobby');
  hub.receive('lobby', history.commit('lobby', 3).slice(2), new Map([[3, 't']]));
  await clock.settle();
  expect(tracing.paths()).toEqual([]);
  await clock.pass(HOLE_PATIENCE_MS);
  expect(reader.seqs('lobby')).toEqual([1, 2, 3]);
  expect(tracing.paths()).toEqual(['t receive backfill', 't receive', 't receive round']);
});

it('an event that the bus brings after the store has a trace of how it was delivered', async () => {
  const reader = await read('lobby');
  const events = history.commit('lobby', 3);
  await hub.poll();
  await clock.pass(HOLE_PATIENCE_MS);
  expect(reader.seqs('lobby')).toEqual([1, 2, 3]);
  hub.receive('lobby', events, new Map([[2, 't']]));
  await clock.settle();
  expect(tracing.paths()).toEqual(['t receive backfill', 't receive round', 't receive']);
  const [backfill, round, receive] = tracing.ended;
  expect(backfill?.end).toBeLessThanOrEqual(round?.start ?? 0);
  expect(round?.end).toBeLessThan(receive?.start ?? 0);
  expect(round?.attributes).toEqual({ 'carillon.writes': 1 });
});

it('an event of a channel whose readers have left is received, and goes no further', async () => {
  const reader = await read('lobby');
  hub.detach(reader.stream);
  hub.receive('lobby', history.commit('lobby'), new Map([[1, 't']]));
  await clock.settle();
  expect(tracing.paths()).toEqual(['t receive']);
  expect(tracing.open).toBe(0);
});

it('64 events of a channel are traced at once, and no span is left open', async () => {
  await read('lobby');
  const events = history.commit('lobby', 200).slice(1);
  hub.receive('lobby', events, new Map(events.map(({ seq }) => [seq, 't'])));
  await clock.settle();
  expect(tracing.open).toBe(64);
  await clock.pass(HOLE_PATIENCE_MS);
  expect(tracing.open).toBe(0);
  expect(tracing.paths().filter((path) => path.endsWith('round'))).toHaveLength(64);
});
