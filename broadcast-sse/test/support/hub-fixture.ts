import { beforeEach } from 'vitest';
import type { StreamRequest } from '../../src/admission.ts';
import type { LogMemory } from '../../src/channel-log.ts';
import { Hub, type HubWatchers } from '../../src/hub.ts';
import { ListSink } from './list-sink.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryHistory } from './memory-history.ts';

/** The hub of the running test, with a store and a clock that the test controls. */
export let hub: Hub;
export let history: MemoryHistory;
export let clock: ManualClock;

/** Makes a new hub, as before each test: with this memory for logs and these watchers, if they are given. */
export function begin(memory?: LogMemory, watchers?: HubWatchers): void {
  history = new MemoryHistory();
  clock = new ManualClock();
  hub = new Hub({ history, clock, memory, watchers });
}

beforeEach(() => begin());

/** A reader of these channels: of what is posted from now on, unless `request` says otherwise. */
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

/** The numbers `from` to `to`. */
export const count = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
