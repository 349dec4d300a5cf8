import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  handleOf,
  handlesOf,
  MAX_MENTIONS,
  MAX_MENTIONS_READ,
  MAX_NAME_LENGTH,
  mentionsIn,
} from '../src/index.ts';

describe('a handle', () => {
  it.each([
    ['Ada', 'ada'],
    ['Ada Lovelace', 'ada-lovelace'],
    ['  Dr. J. Smith  ', 'dr.-j.-smith'],
    ['O’Brien (ops)', 'o-brien-ops'],
    ['Ｆｕｌｌ', 'full'],
    ['E\u0301mile', 'émile'],
    ['हिन्दी', 'हिन्दी'],
    ['...', ''],
    ['👍👍', ''],
    ['snake_case-2.0', 'snake_case-2.0'],
  ])('of %s is %s', (name, handle) => {
    expect(handleOf(name)).toBe(handle);
  });

  it('is its own handle, no longer than a name, and well-formed, whatever the name', () => {
    expect(handleOf('\ufdfa'.repeat(64)).length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => {
        const handle = handleOf(name);
        expect(handle.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
        expect(handle.isWellFormed()).toBe(true);
      }),
    );
  });

  it('is of the name and of the id of somebody, each once', () => {
    expect(handlesOf({ id: 'U-17', name: 'Ada' })).toEqual(['ada', 'u-17']);
    expect(handlesOf({ id: 'ada', name: 'Ada' })).toEqual(['ada']);
    expect(handlesOf({ id: 'u', name: '👍' })).toEqual(['u']);
  });
});

describe('mentions in a text', () => {
  it.each([
    ['hello', []],
    ['@ada hello', ['ada']],
    ['hello @Ada, and @bob.', ['ada', 'bob']],
    ['(@ada) "@bob"', ['ada', 'bob']],
    ['@ada-lovelace @ada @ADA', ['ada-lovelace', 'ada']],
    ['mail ada@example.com', []],
    ['@', []],
    ['@@ada @. @-', ['ada']],
    ['@Émile and @हिन्दी', ['émile', 'हिन्दी']],
    ['line\n@ada', ['ada']],
  ])('%j are %j', (body, handles) => {
    expect(mentionsIn(body)).toEqual(handles);
  });

  it('name whoever has such a name, wherever they stand', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 _.-]{0,30}$/);
    fc.assert(
      fc.property(name, fc.lorem(), (person, text) => {
        const handle = handleOf(person);
        fc.pre(handle !== '');
        expect(mentionsIn(`${text} @${handle}! ${text}`)).toContain(handle);
      }),
    );
  });

  it('are bounded in number, and found in a long text at once', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `@u${index}`).join(' ');
    expect(mentionsIn(many)).toHaveLength(MAX_MENTIONS);
    for (const body of [
      '@'.repeat(65_536),
      '@a'.repeat(32_768),
      `@${'-.'.repeat(32_768)}`,
      ' @-'.repeat(21_000),
      '@a '.repeat(21_845),
    ]) {
      // The time of the processor: a machine that does other work takes longer for all.
      const start = process.cpuUsage();
      mentionsIn(body);
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000);
    }
  });

  it('are read up to a number of them, the same name over and over too', () => {
    const often = (times: number) => `${'@a '.repeat(times)}@b`;
    expect(mentionsIn(often(MAX_MENTIONS_READ - 1))).toEqual(['a', 'b']);
    expect(mentionsIn(often(MAX_MENTIONS_READ))).toEqual(['a']);
  });
});
