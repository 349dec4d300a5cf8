import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANGE_LINE,
  erasesText,
  heartbeatEvent,
  isChange,
  isKnownChange,
  type LogEvent,
  logEvent,
  logFrame,
  message,
  openEvent,
  parseCursor,
  RESET_REASONS,
  readLogEvent,
  resetEvent,
  sharedLogFrame,
} from '../src/index.ts';
import { anyMessage, epoch } from './arbitrary.ts';
import { parseBytes } from './parse-stream.ts';

describe('the frame of a message', () => {
  it('carries the message for onmessage, and the cursor that stands just behind it', () => {
    fc.assert(
      fc.property(epoch, anyMessage, (store, sent) => {
        const [event, ...more] = parseBytes(logFrame(store, sent));
        expect(more).toEqual([]);
        expect(event?.event).toBeUndefined();
        expect(message.parse(JSON.parse(event?.data ?? ''))).toEqual(sent);
        expect(parseCursor(event?.id ?? '', store, [sent.channel])).toEqual({
          ok: true,
          positions: new Map([[sent.channel, sent.seq]]),
        });
      }),
    );
  });

  it('has no id where streams of several channels share it', () => {
    fc.assert(
      fc.property(anyMessage, (sent) => {
        const [event] = parseBytes(sharedLogFrame(sent));
        expect([event?.id, event?.event]).toEqual([undefined, undefined]);
        expect(JSON.parse(event?.data ?? '')).toEqual(sent);
      }),
    );
  });
});

describe('the frame of a change', () => {
  const place = {
    channel: 'lobby',
    seq: 7,
    author: { id: 'a', name: 'A' },
    createdAt: '2026-11-21T08:00:00.000Z',
  };
  const changes = [
    { type: 'edit', ...place, target: 1, body: 'new\ntext' },
    { type: 'delete', ...place, target: 1 },
    { type: 'reaction', ...place, target: 1, emoji: '👍', op: 'add', count: 1 },
    { type: 'channel', ...place, topic: 't', archived: true },
    { type: 'pin', ...place, message: 3, op: 'add' },
  ] as const;

  it.each(changes)('has one name for all types, with the cursor where it is one channel: $type', (sent) => {
    const [event] = parseBytes(logFrame('e1', sent));
    expect([event?.event, event?.id]).toEqual([CHANGE_LINE, 'e1.7']);
    expect(logEvent.parse(JSON.parse(event?.data ?? ''))).toEqual(sent);
    const [shared] = parseBytes(sharedLogFrame(sent));
    expect([shared?.event, shared?.id, shared?.data]).toEqual([CHANGE_LINE, undefined, event?.data]);
  });

  it.each(changes)('is read by its type, and is none with a field that is wrong: $type', (sent) => {
    expect(readLogEvent(sent)).toEqual(sent);
    expect(readLogEvent({ ...sent, seq: 0 })).toBeUndefined();
    expect(readLogEvent({ ...sent, body: 1, target: 'x', topic: 1, op: 'x' })).toBeUndefined();
  });

  it('of a type that is not known is read with all its fields, and takes a text away for all that is known', () => {
    const sent = { type: 'sparkle', ...place, target: 3, glitter: { a: [1] } };
    const event = readLogEvent(sent);
    expect(event).toEqual(sent);
    expect(event && [isChange(event), isKnownChange(event), erasesText(event)]).toEqual([true, false, true]);
    expect(parseBytes(logFrame('e1', event as LogEvent))[0]).toMatchObject({
      event: CHANGE_LINE,
      id: 'e1.7',
    });
  });

  it('of no type, or whose place is none, is not an event of the log', () => {
    const { channel: _, ...nowhere } = place;
    for (const wrong of [
      { type: '', ...place },
      { type: 7, ...place },
      { type: 'sparkle', ...nowhere },
      null,
      'x',
      [place],
    ])
      expect(readLogEvent(wrong)).toBeUndefined();
    expect(readLogEvent({ type: 'constructor', ...place })).toEqual({ type: 'constructor', ...place });
  });
});

describe('a reset', () => {
  it('gives one of the reasons there are, among them all for which a cursor is refused', () => {
    const reset = { channel: 'lobby', from: 8, head: 7, history: '/v1/channels/lobby/messages' };
    const refused = [
      parseCursor('', 'e1', ['a']),
      parseCursor('e2.1', 'e1', ['a']),
      parseCursor('e1.1', 'e1', ['a', 'b']),
    ];
    for (const parsed of refused) {
      expect(resetEvent.safeParse({ ...reset, reason: parsed.ok ? '' : parsed.reason }).success).toBe(true);
    }
    for (const reason of RESET_REASONS) expect(resetEvent.safeParse({ ...reset, reason }).success).toBe(true);
    expect(resetEvent.safeParse({ ...reset, reason: 'because' }).success).toBe(false);
  });
});

describe('where each channel stands', () => {
  it.each(['constructor', 'prototype', 'hasownproperty', '0'])(
    'is told of a channel named %s too',
    (name) => {
      const time = '2026-11-21T08:00:00.000Z';
      const open = { time, channels: { [name]: { head: 7, earliest: 1, from: 8 } } };
      expect(openEvent.parse(JSON.parse(JSON.stringify(open)))).toEqual(open);
      const heartbeat = { time, heads: { [name]: 7, lobby: 0 } };
      expect(heartbeatEvent.parse(JSON.parse(JSON.stringify(heartbeat)))).toEqual(heartbeat);
    },
  );
});
