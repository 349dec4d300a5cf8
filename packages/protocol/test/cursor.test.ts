import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import {
  formatCursor,
  formatCursors,
  MAX_CHANNELS_PER_STREAM,
  MAX_CURSOR_LENGTH,
  parseCursor,
} from '../src/index.ts';
import { anyText, channel, epoch, positions } from './arbitrary.ts';

const position = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const shuffledKeys = (of: ReadonlyMap<string, number>) =>
  fc.shuffledSubarray([...of.keys()], { minLength: of.size, maxLength: of.size });

describe('a cursor', () => {
  it('gives back where each of 1 to 100 channels stands, in whatever order they are asked for', () => {
    const asked = positions.chain((given) => fc.tuple(fc.constant(given), shuffledKeys(given)));
    fc.assert(
      fc.property(epoch, asked, (epoch, [given, channels]) => {
        const text = formatCursors(epoch, given);
        expect(parseCursor(text, epoch, channels)).toEqual({ ok: true, positions: given });
      }),
      { numRuns: propertyRuns(30, 300) },
    );
  });

  it('does not depend on the order in which positions are given', () => {
    const twice = positions.chain((given) => fc.tuple(fc.constant(given), shuffledKeys(given)));
    fc.assert(
      fc.property(twice, ([given, order]) => {
        const reordered = new Map(order.map((name) => [name, given.get(name) ?? 0]));
        expect(formatCursors('e1', reordered)).toBe(formatCursors('e1', given));
      }),
      { numRuns: propertyRuns(30, 100) },
    );
  });

  it('of one channel gives back its position', () => {
    fc.assert(
      fc.property(epoch, channel, position, (epoch, channel, seq) => {
        expect(parseCursor(formatCursor(epoch, seq), epoch, [channel])).toEqual({
          ok: true,
          positions: new Map([[channel, seq]]),
        });
      }),
    );
  });

  it('fits in a header, and in an id, at its longest', () => {
    const names = Array.from({ length: MAX_CHANNELS_PER_STREAM }, (_, n) => `${n}`.padStart(64, 'z'));
    const longest = new Map(names.map((name) => [name, Number.MAX_SAFE_INTEGER]));
    const text = formatCursors('z'.repeat(16), longest);
    expect(text.length).toBeLessThan(MAX_CURSOR_LENGTH);
    expect(text).toMatch(/^[a-z0-9.,]+$/);
    expect(parseCursor(text, 'z'.repeat(16), names)).toEqual({ ok: true, positions: longest });
  });

  it('is refused against another list of channels', () => {
    const renamed = fc.tuple(positions, channel).filter(([given, name]) => !given.has(name));
    fc.assert(
      fc.property(renamed, ([given, name]) => {
        const text = formatCursors('e1', given);
        const [, ...others] = given.keys();
        const refused = { ok: false, reason: 'channels' };
        expect(parseCursor(text, 'e1', [name, ...others])).toEqual(refused);
        expect(parseCursor(text, 'e1', [name, ...given.keys()])).toEqual(refused);
        expect(parseCursor(text, 'e1', others)).toEqual(refused);
      }),
    );
  });

  it('of one channel is refused against several, and of several against one', () => {
    const refused = { ok: false, reason: 'channels' };
    expect(parseCursor('e1.7', 'e1', ['lobby', 'dev'])).toEqual(refused);
    const both = new Map([
      ['dev', 1],
      ['lobby', 2],
    ]);
    expect(parseCursor(formatCursors('e1', both), 'e1', ['lobby'])).toEqual(refused);
  });

  it('is refused against another epoch', () => {
    fc.assert(
      fc.property(epoch, epoch, positions, (one, other, given) => {
        fc.pre(one !== other);
        const refused = { ok: false, reason: 'epoch' };
        expect(parseCursor(formatCursors(one, given), other, [...given.keys()])).toEqual(refused);
        expect(parseCursor(formatCursor(one, 7), other, ['lobby'])).toEqual(refused);
      }),
    );
  });
});

describe('any text as a cursor', () => {
  const almost = fc
    .array(
      fc.oneof(fc.constantFrom('.', ',', '0', '7', 'e1', '-1', '9'.repeat(16), '01', ' ', '1e3'), anyText),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join(''));

  it.each([
    ['text', anyText],
    ['what looks like a cursor', almost],
  ])('is read or refused, and never throws: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, fc.constantFrom(['lobby'], ['lobby', 'dev'], []), (text, channels) => {
        const parsed = parseCursor(text, 'e1', channels);
        if (parsed.ok) {
          expect([...parsed.positions.keys()].sort()).toEqual([...channels].sort());
          for (const seq of parsed.positions.values())
            expect(Number.isSafeInteger(seq) && seq >= 0).toBe(true);
        } else {
          expect(['epoch', 'channels', 'unreadable']).toContain(parsed.reason);
        }
      }),
      { numRuns: propertyRuns(100, 2_000) },
    );
  });

  it.each([
    '',
    'e1',
    'e1.',
    '.7',
    'e1.07',
    'e1.-1',
    'e1.+1',
    'e1.1.5.',
    'e1.1e3',
    'e1.7 ',
    ' e1.7',
    'E1.7',
    'e1.7,8',
    'e1.1.2.3',
    'e1.abc.1,',
    'e1.abc.,1',
    'e1.ABC.1',
    'e1.٧',
    `e1.${Number.MAX_SAFE_INTEGER + 1}`,
    `${'e'.repeat(17)}.7`,
    `e1.abc.${Array(MAX_CHANNELS_PER_STREAM + 1)
      .fill('1')
      .join(',')}`,
    `e1.${'1,'.repeat(MAX_CURSOR_LENGTH / 2)}1`,
    'e1.7\n',
    'e1.7\0',
  ])('is unreadable: %.40j', (text) => {
    expect(parseCursor(text, 'e1', ['lobby'])).toEqual({ ok: false, reason: 'unreadable' });
  });
});
