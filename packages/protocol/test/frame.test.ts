import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { frame, jsonFrame } from '../src/index.ts';
import { anyText } from './arbitrary.ts';
import { parseBytes, parseStream, parseText } from './parse-stream.ts';

const RUNS = { numRuns: propertyRuns(100, 1_000) };

const id = fc.stringMatching(/^[a-z0-9.,]{1,40}$/);
const eventName = fc.constantFrom('channel', 'open', 'heartbeat', 'presence', 'reset');

/** Where a stream is cut: parts of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 });

describe('a frame with JSON', () => {
  it('gives any text back exactly, with its id and its event', () => {
    fc.assert(
      fc.property(anyText, id, eventName, (text, id, event) => {
        const events = parseText(jsonFrame({ id, event }, { body: text }));
        expect(events).toEqual([{ id, event, data: expect.any(String) }]);
        expect(JSON.parse(events[0]?.data ?? '')).toEqual({ body: text });
      }),
      RUNS,
    );
  });

  it('is one line of data for who reads lines by what Unicode takes for their ends', () => {
    const body = 'a\u0085b\u2028c\u2029d\u000be';
    const block = jsonFrame({ id: 'e1.7' }, { body });
    expect(block.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/)).toHaveLength(4);
    expect(JSON.parse(parseText(block)[0]?.data ?? '')).toEqual({ body });
  });

  it('gives the same when its bytes are cut anywhere, inside a character too', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 4 }), cuts, (texts, cuts) => {
        const stream = texts.map((text) => jsonFrame({ id: 'e1.7' }, text)).join('');
        const events = parseBytes(stream, cuts);
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
        const events = parseText(frame({ data: text }));
        expect(events.map(({ data }) => data)).toEqual([text.replaceAll(/\r\n|\r/g, '\n')]);
      }),
      RUNS,
    );
  });

  it('gives the same when the stream is cut anywhere', () => {
    fc.assert(
      fc.property(anyText, anyText, cuts, (one, two, cuts) => {
        const stream = frame({ id: '1', data: one }) + frame({ retry: 5, data: two });
        expect(parseStream(stream, cuts)).toEqual(parseStream(stream));
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
    expect(parseText(frame({ id: 'e1.7,8' }))).toEqual([]);
    expect(parseStream(frame({ retry: 1_500 }))).toEqual({ events: [], comments: [], retries: [1_500] });
  });

  it('writes its fields in one block', () => {
    expect(frame({ event: 'drain', id: 'e1.7', retry: 250, data: '{}' })).toBe(
      'event: drain\nretry: 250\ndata: {}\nid: e1.7\n\n',
    );
  });
});
