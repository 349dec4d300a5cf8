import type { LogEvent } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { clock, history, hub, read } from './support/hub-fixture.ts';
import { type ListSink, nameOf } from './support/list-sink.ts';
import type { MemoryHistory } from './support/memory-history.ts';

const SECRET = 'a text that was deleted';

async function post(body: string, channel = 'lobby'): Promise<void> {
  hub.receive(channel, history.commit(channel, 1, body));
  await clock.settle();
}

async function change(event: Parameters<MemoryHistory['change']>[1], channel = 'lobby'): Promise<void> {
  hub.receive(channel, history.change(channel, event));
  await clock.settle();
}

const everything = { since: { kind: 'earliest' } } as const;
const textOf = (sink: ListSink) => Buffer.concat(sink.writes).toString();
const namesOf = (sink: ListSink) => sink.events.map(nameOf).filter((name) => name !== 'open');

describe('a change', () => {
  it('comes under the name of all changes, with the cursor, live and to a reader that resumes at it', async () => {
    const live = await read('lobby');
    await post('hello');
    await change({ type: 'edit', target: 1, body: 'bye' });
    await change({ type: 'delete', target: 1 });
    expect(namesOf(live)).toEqual(['message', 'edit', 'delete']);
    expect(live.events.map(({ event }) => event)).toEqual(['open', undefined, 'channel', 'channel']);
    expect(live.named('edit')).toEqual([
      { id: 'e1.2', data: expect.objectContaining({ type: 'edit', seq: 2, target: 1, body: 'bye' }) },
    ]);
    const resumed = await read('lobby', { cursor: 'e1.2' });
    expect(namesOf(resumed)).toEqual(['delete']);
    expect(resumed.named('delete')).toEqual(live.named('delete'));
    expect(resumed.lastId).toBe('e1.3');
  });

  it('of a type that this node does not know is passed on as it is, and moves the cursor', async () => {
    const [live, several] = [await read('lobby'), await read(['a', 'lobby'])];
    await post('hello');
    const [known] = history.change('lobby', { type: 'delete', target: 1 });
    const sparkle = { ...known, type: 'sparkle', glitter: [1] } as unknown as LogEvent;
    history.log.get('lobby')?.splice(1, 1, sparkle);
    hub.receive('lobby', [sparkle]);
    await clock.settle();
    await post('next');
    for (const reader of [live, several, await read('lobby', everything)]) {
      expect(namesOf(reader)).toEqual(['message', 'sparkle', 'message']);
      expect(reader.named('sparkle')[0]?.data).toEqual(sparkle);
    }
    expect(live.named('sparkle')[0]?.id).toBe('e1.2');
    expect(namesOf(await read('lobby', { cursor: 'e1.2' }))).toEqual(['message']);
  });

  it('comes on a stream of several channels, and moves its cursor', async () => {
    const live = await read(['a', 'lobby']);
    await post('hello');
    await change({ type: 'edit', target: 1, body: 'bye' });
    expect(live.named('edit')).toEqual([{ data: expect.objectContaining({ seq: 2 }), id: live.lastId }]);
    const returned = await read(['a', 'lobby'], { cursor: live.lastId });
    expect(namesOf(returned)).toEqual([]);
  });

  it('that the bus lost is read from history, in order', async () => {
    const live = await read('lobby');
    await post('hello');
    history.change('lobby', { type: 'edit', target: 1, body: 'bye' });
    await post('next');
    await clock.pass(100);
    expect(namesOf(live)).toEqual(['message', 'edit', 'message']);
  });
});

describe('an edited text', () => {
  it('is not in the log of a node: a reader that resumes before it gets the current text, and live readers miss nothing', async () => {
    const live = await read('lobby');
    const several = await read(['a', 'lobby']);
    await post(SECRET);
    await change({ type: 'edit', target: 1, body: `${SECRET}, again` });
    await post('between');
    await change({ type: 'edit', target: 1, body: 'what it is' });
    await post('last');
    for (const sink of [live, several]) {
      expect(namesOf(sink)).toEqual(['message', 'edit', 'message', 'edit', 'message']);
      expect(textOf(sink)).toContain(`${SECRET}, again`);
    }
    for (const sink of [await read('lobby', everything), await read('lobby', { cursor: 'e1.1' })]) {
      expect(textOf(sink)).not.toContain(SECRET);
      expect(sink.named('edit').map(({ data }) => data.body)).toEqual(['', 'what it is']);
      expect(sink.lastId).toBe('e1.5');
    }
    expect(textOf(await read(['a', 'lobby'], everything))).not.toContain(SECRET);
  });
});

describe('a deleted text', () => {
  it('is not in the log of a node: a reader that resumes before it gets the tombstone, and live readers miss nothing', async () => {
    const live = await read('lobby');
    const several = await read(['a', 'lobby']);
    await post('before');
    await post(SECRET);
    await change({ type: 'edit', target: 2, body: `${SECRET}, edited` });
    await post('after');
    await change({ type: 'delete', target: 2 });
    await post('last');
    for (const sink of [live, several])
      expect(namesOf(sink)).toEqual(['message', 'message', 'edit', 'message', 'delete', 'message']);
    for (const request of [everything, { cursor: 'e1.0' }, { cursor: 'e1.1' }, { cursor: 'e1.2' }]) {
      const resumed = await read('lobby', request);
      expect(textOf(resumed)).not.toContain(SECRET);
      expect(resumed.lastId).toBe('e1.6');
      expect(namesOf(resumed).slice(-4)).toEqual(['edit', 'message', 'delete', 'message']);
    }
    expect(textOf(await read(['a', 'lobby'], everything))).not.toContain(SECRET);
  });

  it('is not in a page that was read before', async () => {
    history.commit('lobby', 700, SECRET);
    const before = await read('lobby', everything);
    expect(textOf(before)).toContain(SECRET);
    for (let target = 1; target <= 700; target++) history.change('lobby', { type: 'delete', target });
    await hub.poll();
    await clock.pass(100);
    const reads = hub.replay.reads;
    const after = await read('lobby', everything);
    expect(textOf(after)).not.toContain(SECRET);
    expect(after.named('delete')).toHaveLength(700);
    expect(hub.replay.reads).toBeGreaterThan(reads);
  });

  it('is not in a page of a channel that was closed here meanwhile', async () => {
    history.commit('lobby', 10, SECRET);
    const before = await read('lobby', everything);
    hub.detach(before.stream);
    await clock.pass(61_000);
    await hub.poll();
    expect(hub.wants('lobby')).toBe(false);
    for (let target = 1; target <= 10; target++) history.change('lobby', { type: 'delete', target });
    expect(textOf(await read('lobby', everything))).not.toContain(SECRET);
  });

  it.each([
    ['reaches the reader that waited for that page, and the deletion next', false],
    ['reaches no reader if another comes meanwhile', true],
  ])('while a page was read %s', async (_, another) => {
    const live = await read('lobby');
    await post('kept');
    await post(SECRET);
    await change({ type: 'edit', target: 1, body: 'edited' });
    await change({ type: 'delete', target: 1 });
    expect(namesOf(live)).toHaveLength(4);
    const bodyOf = (sink: ListSink) => sink.messages('lobby').find(({ seq }) => seq === 2)?.body;
    const deleted = (sink: ListSink) => sink.named('delete').map(({ data }) => data.target);
    const hold = history.hold();
    const early = await read('lobby', { cursor: 'e1.0' });
    await change({ type: 'delete', target: 2 });
    const late = another ? await read('lobby', { cursor: 'e1.0' }) : undefined;
    hold.release();
    await clock.settle();
    expect(early.seqs('lobby')).toEqual([1, 2]);
    expect(bodyOf(early)).toBe(another ? '' : SECRET);
    const last = await read('lobby', { cursor: 'e1.0' });
    for (const sink of late === undefined ? [last] : [late, last]) expect(bodyOf(sink)).toBe('');
    for (const sink of [early, last]) expect(deleted(sink)).toEqual([1, 2]);
  });
});
