import { HEARTBEAT_SECONDS } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { HEARTBEAT_TICK_MS } from '../src/heartbeat.ts';
import { clock, count, history, hub, post, read } from './support/hub-fixture.ts';
import { ListSink } from './support/list-sink.ts';

describe('while the store is away', () => {
  it('a new stream is told so and waits, then opens', async () => {
    history.commit('lobby', 2);
    history.away = true;
    const reader = await read('lobby', { since: { kind: 'earliest' } });
    expect(reader.named('heartbeat').map(({ data }) => data)).toMatchObject([{ history: 'away' }]);
    expect(reader.named('open')).toEqual([]);
    await hub.poll();
    await clock.settle();
    expect(reader.named('heartbeat')).toHaveLength(1);
    history.away = false;
    await hub.poll();
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual([1, 2]);
    expect(hub.historyAway).toBe(false);
  });

  it('a new stream on a channel that is known here opens at once, and is told', async () => {
    await read('lobby');
    history.away = true;
    await hub.poll();
    const reader = await read('lobby');
    expect(reader.named('open')).toHaveLength(1);
    expect(reader.named('heartbeat').map(({ data }) => data)).toMatchObject([{ history: 'away' }]);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([1]);
  });

  it('live streams go on by the bus, and heartbeats say that the store is away', async () => {
    const reader = await read('lobby');
    const messages = history.commit('lobby', 2);
    history.away = true;
    await hub.poll();
    hub.receive('lobby', messages);
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual([1, 2]);
    for (let ticks = 0; ticks < (HEARTBEAT_SECONDS * 1_000) / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    expect(reader.named('heartbeat').map(({ data }) => data)).toMatchObject([
      { history: 'away', heads: { lobby: 2 } },
    ]);
  });

  it('a reader in the middle of history waits and then goes on', async () => {
    history.commit('lobby', 1_200);
    const reader = new ListSink();
    reader.room = 2;
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'earliest' } });
    await clock.settle();
    history.away = true;
    reader.room = 99;
    hub.drained(reader.stream);
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual(count(1, 500));
    history.away = false;
    await hub.poll();
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual(count(1, 1_200));
  });
});
