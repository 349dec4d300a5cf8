import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comment, frame, jsonFrame, type Message, messageFrame, sharedMessageFrame } from '../src/index.ts';
import { anyText } from './any-text.ts';

const RUNS = { numRuns: 1_000 };

const id = fc.stringMatching(/^[a-z0-9.,]{1,40}$/);
const eventName = fc.stringMatching(/^[a-z]{1,12}$/);

interface Seen {
  events: EventSourceMessage[];
  comments: string[];
  retries: number[];
}

/** What an independent parser makes of these pieces of a stream; anything that it does not know is an error. */
function parse(...pieces: string[]): Seen {
  const seen: Seen = { events: [], comments: [], retries: [] };
  const parser = createParser({
    onEvent: (event) => seen.events.push(event),
    onComment: (text) => seen.comments.push(text),
    onRetry: (retry) => seen.retries.push(retry),
    onError: (error) => {
      throw error;
    },
  });
  for (const piece of pieces) parser.feed(piece);
  return seen;
}

/** Cuts `whole` at each of these places. */
function cut<T extends { length: number; slice(from: number, to: number): T }>(
  whole: T,
  places: readonly number[],
): T[] {
  const bounds = [0, ...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return bounds.slice(1).map((end, index) => whole.slice(bounds[index] ?? 0, end));
}

const places = fc.array(fc.nat(), { maxLength: 10 });

describe('a frame with JSON', () => {
  it('gives any text back exactly, with its id and its event', () => {
    fc.assert(
      fc.property(anyText, id, eventName, (text, id, event) => {
        const { events } = parse(jsonFrame({ id, event }, { body: text }));
        expect(events).toEqual([{ id, event, data: expect.any(String) }]);
        expect(JSON.parse(events[0]?.data ?? '')).toEqual({ body: text });
      }),
      RUNS,
    );
  });

  it('gives the same when its bytes are cut anywhere, inside a character too', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 4 }), places, (texts, places) => {
        const bytes = Buffer.from(texts.map((text) => jsonFrame({ id: 'e1.7' }, text)).join(''));
        const decoder = new TextDecoder();
        const { events } = parse(...cut(bytes, places).map((piece) => decoder.decode(piece, { stream: true })));
        expect(events.map(({ data }) => JSON.parse(data))).toEqual(texts);
      }),
      RUNS,
    );
  });

  it('has no line break but its own', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(jsonFrame({}, text).match(/[\r\n]/g)).toEqual(['\n', '\n']);
      }),
      RUNS,
    );
  });
});

describe('a frame with plain text', () => {
  it('gives any text back, with each line break as a newline', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { events } = parse(frame({ data: text }));
        expect(events.map(({ data }) => data)).toEqual([text.replaceAll(/\r\n|\r/g, '\n')]);
      }),
      RUNS,
    );
  });

  it('gives the same when the stream is cut anywhere', () => {
    fc.assert(
      fc.property(anyText, anyText, places, (one, two, places) => {
        const stream = comment(one) + frame({ id: '1', data: one }) + frame({ retry: 5, data: two });
        expect(parse(...cut(stream, places))).toEqual(parse(stream));
      }),
      RUNS,
    );
  });

  it.each([
    ['', ['data: ']],
    ['one\rtwo\nthree\r\nfour', ['data: one', 'data: two', 'data: three', 'data: four']],
    ['\r\n', ['data: ', 'data: ']],
    [' two spaces', ['data:  two spaces']],
    [': no comment', ['data: : no comment']],
  ])('writes %j as lines of data', (data, lines) => {
    expect(frame({ data })).toBe(`${lines.join('\n')}\n\n`);
  });
});

describe('a frame', () => {
  it('dispatches nothing where it has no data', () => {
    expect(parse(frame({ id: 'e1.7,8' })).events).toEqual([]);
    expect(parse(frame({ retry: 1_500 }))).toEqual({ events: [], comments: [], retries: [1_500] });
  });

  it('writes its fields in one block', () => {
    expect(frame({ event: 'drain', id: 'e1.7', retry: 250, data: '{}' })).toBe(
      'event: drain\nid: e1.7\nretry: 250\ndata: {}\n\n',
    );
  });
});

describe('a comment', () => {
  it('never makes an event, whatever is in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { events, comments, retries } = parse(comment(text));
        expect({ events, retries }).toEqual({ events: [], retries: [] });
        expect(comments).toHaveLength(1);
      }),
      RUNS,
    );
  });
});

describe('the frame of a message', () => {
  const message: Message = {
    channel: 'lobby',
    seq: 7,
    author: { id: 'g_1', name: 'Ada' },
    body: 'one\ntwo',
    createdAt: '2026-11-21T08:00:00.000Z',
  };

  it('has no name and carries the cursor on a stream of one channel', () => {
    const [event] = parse(messageFrame('e1', message)).events;
    expect(event).toEqual({ id: 'e1.7', event: undefined, data: JSON.stringify(message) });
  });

  it('carries no cursor where several channels share the stream', () => {
    const [event] = parse(sharedMessageFrame(message)).events;
    expect(event).toEqual({ id: undefined, event: undefined, data: JSON.stringify(message) });
  });
});
