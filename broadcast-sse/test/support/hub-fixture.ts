import { beforeEach } from 'vitest';
import type { StreamRequest } from '../../src/admission.ts';
import type { LogMemory } from '../../src/channel-log.ts';
import { Hub, type HubWatchers } from '../../src/hub.ts';
import { ListSink } from './list-sink.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryHistory } from './memory-history.ts';

/** The hub of the test that runs, over a store and by a clock that it turns itself. */
export let hub: Hub;
export let history: MemoryHistory;
export let clock: ManualClock;

/** Begins anew, as each test does: with a log of its own size, and watchers, where they are given. */
export function begin(memory?: LogMemory, watchers?: HubWatchers): void {
  history = new MemoryHistory();
  clock = new ManualClock();
  hub = new Hub({ history, clock, memory, watchers });
}

beforeEach(() => begin());

/** A reader of these channels; of what is posted from now on, unless it wishes for something else. */
export async function read(
  channels: string | string[],
  request: Partial<StreamRequest> = {},
): Promise<ListSink> {
  const sink = new ListSink();
  hub.attach(sink.stream, { channels: [channels].flat(), since: { kind: 'latest' }, ...request });
  await clock.settle();
  return sink;
}

/** Commits and publishes, as a post does. */
export async function post(channel: string, howMany = 1, body?: string): Promise<void> {
  hub.receive(channel, history.commit(channel, howMany, body));
  await clock.settle();
}

/** The seqs from one to another. */
export const count = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
