import type { SeqRange } from '@carillon/history';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { startRetention } from '../src/index.ts';
import { type RunningChat, startChat } from './start-chat.ts';

const author = { id: 'guest', name: 'Guest' };
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

const arrived = (channel: string) =>
  chat.arrived.filter((message) => message.channel === channel).map(({ seq }) => seq);
const allMarked = () =>
  eventually('every message marked', async () => (await chat.history.unpublished(0, 1000)).length === 0);
const relayLines = () => chat.logged.filter((line) => line.includes('relay:'));
const backlog = async () =>
  /^carillon_relay_backlog_messages (\d+)$/m.exec(await chat.registry.metrics())?.[1];

describe('the relay', () => {
  it('publishes what a process committed that died before it published', async () => {
    await chat.history.append(['1', '2', '3'].map((body) => ({ channel: 'orphans', author, body })));
    await eventually('the messages on the bus', () => arrived('orphans').length >= 3);
    expect(arrived('orphans')).toEqual([1, 2, 3]);
    await allMarked();
  });

  it('publishes after an outage of the bus exactly what is behind the mark, in order', async () => {
    const post = () => chat.request({ method: 'POST', path: '/c/outage', body: 'x' });
    for (const _ of range(1, 5)) await post();
    await allMarked();
    chat.bus.away = true;
    for (const _ of range(6, 150)) expect((await post()).status).toBe(201);
    await eventually('the backlog counted', async () => Number(await backlog()) === 145);
    expect(arrived('outage')).toEqual(range(1, 5));
    await eventually('the relay to meet the outage', () => relayLines().length > 0);
    chat.bus.away = false;
    await eventually('the rest on the bus', () => arrived('outage').length >= 150);
    expect(arrived('outage')).toEqual(range(1, 150));
    await allMarked();
    await eventually('no backlog', async () => (await backlog()) === '0');
    expect(relayLines().length).toBe(2);
  });

  it('mends a publish that failed while the channel is never quiet', async () => {
    const post = () => chat.request({ method: 'POST', path: '/c/busy', body: 'x' });
    await post();
    chat.bus.away = true;
    await post();
    chat.bus.away = false;
    await eventually('the second message on the bus', async () => {
      await post();
      return arrived('busy').includes(2);
    });
    await eventually('the mark behind it', async () => {
      await post();
      const [row] = await chat.history.unpublished(0, 10);
      return row === undefined || row.published > 2;
    });
  });

  it('works through a backlog that is longer than one turn', async () => {
    const bodies = range(1, 500).map((n) => ({ channel: 'long', author, body: `${n}` }));
    for (const _ of range(1, 6)) await chat.history.append(bodies);
    await eventually('all on the bus', () => arrived('long').length >= 3_000);
    expect(arrived('long')).toEqual(range(1, 3_000));
    await allMarked();
  });

  it('leaves out what retention dropped before it was published', async () => {
    chat.bus.away = true;
    await chat.history.append(range(1, 10).map((n) => ({ channel: 'dropped', author, body: `${n}` })));
    await chat.history.retain({ maxCount: 4 });
    chat.bus.away = false;
    await eventually('the rest on the bus', () => arrived('dropped').length >= 4);
    expect(arrived('dropped')).toEqual(range(7, 10));
    await allMarked();
  });
});

it('retention drops what is over its bounds while the service runs', async () => {
  await chat.history.append(range(1, 10).map((n) => ({ channel: 'kept', author, body: `${n}` })));
  const retention = startRetention(chat.history, { maxCount: 3 }, chat.log);
  const earliest = async () => (await chat.history.extents(['kept'])).get('kept')?.earliest;
  await eventually('the old messages gone', async () => (await earliest()) === 8);
  await retention.close();
  expect((await chat.history.after('kept', 0, 20)).map(({ seq }) => seq)).toEqual([8, 9, 10]);
});

it('a stop publishes what is committed and writes its marks', async () => {
  for (const _ of range(1, 20)) await chat.request({ method: 'POST', path: '/c/stop', body: 'x' });
  await chat.chat.close();
  expect(arrived('stop')).toEqual(range(1, 20));
  const behind = (await chat.history.unpublished(0, 1000)).map(({ channel }) => channel);
  expect(behind).not.toContain('stop');
});

it('a stop does not wait long for a store that stands still', async () => {
  let frozen = false;
  const still = await startChat((history) => {
    const mark = history.markPublished.bind(history);
    return Object.assign(history, {
      markPublished: (ranges: readonly SeqRange[]) => (frozen ? new Promise(() => {}) : mark(ranges)),
    });
  });
  frozen = true;
  expect((await still.request({ method: 'POST', path: '/c/still', body: 'x' })).status).toBe(201);
  // 2 s for the turn of the relay, 1 s for the marks; without a bound it would never end, nor would this test.
  await still.close();
});
