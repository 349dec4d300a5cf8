import { expect, it } from 'vitest';
import type { Passed } from './cutting-proxy.ts';
import { repeatsOf } from './repeats.ts';
import type { Block } from './stream-blocks.ts';

/** A message of one channel, with an id where one is given. */
const message = (seq: number, id?: string): Block => ({
  bytes: Buffer.alloc(0),
  contentBytes: 0,
  message: { channel: 'lobby', seq },
  ...(id !== undefined && { id }),
});
const stream = (cursor: string | undefined, ...blocks: Block[]): Passed => ({ cursor, blocks });

it('nothing has to be sent again if each message has its id', () => {
  const streams = [stream(undefined, message(1, 'a'), message(2, 'b')), stream('b', message(3, 'c'))];
  expect(repeatsOf(streams)).toEqual({ inevitable: 0, onTheWire: 0, otherCursors: 0 });
});

it('messages after the last id have to be sent again', () => {
  const streams = [
    stream(undefined, message(1, 'a'), message(2), message(3)),
    stream('a', message(2), message(3, 'c')),
  ];
  expect(repeatsOf(streams)).toEqual({ inevitable: 2, onTheWire: 2, otherCursors: 0 });
});

it('a client that comes back one event behind is found', () => {
  const streams = [stream(undefined, message(1, 'a'), message(2, 'b')), stream('a', message(2, 'b'))];
  expect(repeatsOf(streams)).toEqual({ inevitable: 0, onTheWire: 1, otherCursors: 1 });
});

it('another cursor counts once, even if the client comes back with it again', () => {
  const streams = [stream(undefined, message(1, 'a')), stream('b'), stream('b', message(3, 'c'))];
  expect(repeatsOf(streams)).toEqual({ inevitable: 0, onTheWire: 0, otherCursors: 1 });
});
