import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { since } from '../src/index.ts';
import { anyText } from './arbitrary.ts';

describe('since', () => {
  it.each([
    ['latest', { kind: 'latest' }],
    ['earliest', { kind: 'earliest' }],
    ['-1', { kind: 'count', count: 1 }],
    ['-20', { kind: 'count', count: 20 }],
    ['-999999', { kind: 'count', count: 999_999 }],
    ['90s', { kind: 'age', ms: 90_000 }],
    ['10m', { kind: 'age', ms: 600_000 }],
    ['2h', { kind: 'age', ms: 7_200_000 }],
    ['7d', { kind: 'age', ms: 604_800_000 }],
  ])('reads %s', (text, read) => {
    expect(since.parse(text)).toEqual(read);
  });

  it.each([
    '',
    '20',
    '-',
    '-1.5',
    '--1',
    '-1000000',
    '0m',
    '10',
    'm',
    '10 m',
    '10M',
    '10w',
    '-10m',
    ' latest',
    'latest\n',
  ])('refuses %j', (text) => {
    expect(since.safeParse(text).success).toBe(false);
  });

  it('reads or refuses any text, and gives no number that cannot be counted with', () => {
    const near = fc.string({ unit: fc.constantFrom('-', '0', '1', '9', 's', 'm', 'h', 'd', ' ', '.') });
    fc.assert(
      fc.property(fc.oneof(anyText, near), (text) => {
        const read = since.safeParse(text);
        if (!read.success) return;
        const number = {
          count: read.data.kind === 'count' ? read.data.count : 0,
          ms: read.data.kind === 'age' ? read.data.ms : 0,
        };
        expect(Number.isSafeInteger(number.count) && Number.isSafeInteger(number.ms)).toBe(true);
      }),
    );
  });
});
