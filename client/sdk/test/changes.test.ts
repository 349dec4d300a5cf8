import { jsonFrame } from '@carillon/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Carillon, type Change, type DeniedEvent, type Message, type TypingEvent } from '../src/index.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { until } from './until.ts';

let server: ContractServer;
let carillon: Carillon;
const open: { close(): void }[] = [];

beforeEach(async () => {
  server = await startContractServer();
  carillon = new Carillon({ url: server.url, backoff: { baseMs: 4, maxMs: 30 } });
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.close();
  await server.close();
});

/** What was handed on, in order: a message by its text, a change by its type and target. */
function follow(channels: string[], since = 'earliest') {
  const got: string[] = [];
  const typing: TypingEvent[] = [];
  const denied: DeniedEvent[] = [];
  const name = (event: Message | Change) =>
    'type' in event ? `${event.type} ${'target' in event ? event.target : ''}`.trim() : event.body;
  const subscription = carillon.subscribe(channels, {
    since,
    onMessage: (message) => got.push(name(message)),
    onChange: (change) => got.push(name(change)),
    onTyping: (event) => typing.push(event),
    onDenied: (event) => denied.push(event),
  });
  open.push(subscription);
  return { subscription, got, typing, denied };
}

function someChanges(channel: string): void {
  server.say(channel, 'hello');
  server.change(channel, { type: 'edit', target: 1, body: 'hello there' });
  server.change(channel, { type: 'reaction', target: 1, emoji: '👍', op: 'add', count: 1 });
  server.say(channel, 'bye');
  server.change(channel, { type: 'delete', target: 1 });
  server.change(channel, { type: 'channel', topic: 'news' });
}
const SOME = ['hello', 'edit 1', 'reaction 1', 'bye', 'delete 1', 'channel'];

it('changes come in their place between the messages, from the log and live', async () => {
  someChanges('lobby');
  const { got, subscription } = follow(['lobby']);
  await until(() => got.length === 6);
  server.change('lobby', { type: 'edit', target: 4, body: 'later' });
  server.say('lobby', 'end');
  await until(() => got.length === 8);
  expect(got).toEqual([...SOME, 'edit 4', 'end']);
  expect(subscription.cursor).toBe('e1.8');
});

it('a change moves the cursor: a cut does not repeat it, on one channel and on several', async () => {
  for (const channels of [['lobby'], ['lobby', 'team']]) {
    const { got } = follow(channels, 'latest');
    await until(() => server.streams.size === 1);
    server.say('lobby', 'first');
    server.change('lobby', { type: 'edit', target: 1, body: 'x' });
    await until(() => got.length === 2);
    server.cut();
    server.change('lobby', { type: 'delete', target: 1 });
    await until(() => got.length === 3);
    expect(got).toEqual(['first', 'edit 1', 'delete 1']);
    for (const subscription of open.splice(0)) subscription.close();
    await until(() => server.streams.size === 0);
  }
});

it('a hole of changes is read from the log, before a change too', async () => {
  const { got } = follow(['lobby']);
  await until(() => server.streams.size === 1);
  for (const seq of [2, 3, 5]) server.skipped.add(seq);
  someChanges('lobby');
  await until(() => got.length === 6);
  expect(got).toEqual(SOME);
});

it('who types is told, and stands outside the log', async () => {
  const { subscription, typing, got } = follow(['lobby']);
  await until(() => server.streams.size === 1);
  const event = { channel: 'lobby', people: [{ id: 'ada', name: 'Ada' }] };
  server.write(jsonFrame({ event: 'typing' }, event));
  server.say('lobby', 'one');
  await until(() => got.length === 1);
  expect(typing).toEqual([event]);
  expect(subscription.cursor).toBe('e1.1');
});

it('a stream that is denied ends for good, after what came before it', async () => {
  const { subscription, got, denied } = follow(['lobby']);
  await until(() => server.streams.size === 1);
  server.skipped.add(1);
  server.say('lobby', 'one');
  server.say('lobby', 'two');
  const event = { reason: 'banned', channel: 'lobby', detail: 'for an hour' };
  server.write(jsonFrame({ event: 'denied' }, event));
  await until(() => denied.length === 1);
  expect(got).toEqual(['one', 'two']);
  expect(denied).toEqual([event]);
  expect(subscription.state).toEqual({ name: 'denied' });
  await until(() => server.streams.size === 0);
});

it('a stream that is refused for good ends with the reason', async () => {
  for (let n = 0; n < 30; n++) server.misanswer(/stream/, { status: 403, code: 'banned' });
  const { denied, subscription } = follow(['lobby']);
  await until(() => denied.length === 1);
  expect(denied).toEqual([{ reason: 'banned', detail: 'on purpose' }]);
  expect(subscription.state).toEqual({ name: 'denied' });
});

it('a stream that a page of something in between is given for is tried on', async () => {
  for (let n = 0; n < 4; n++) server.misanswer(/stream/, { status: 404 });
  const { got, denied } = follow(['lobby'], 'earliest');
  server.say('lobby', 'here');
  await until(() => got.length === 1);
  expect(denied).toEqual([]);
});
