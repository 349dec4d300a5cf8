import { describe, expect, it } from 'vitest';
import { preferredCoding, preferredType, refusesType } from '../src/accept.ts';

/** Ours stands first: the stream. */
const OFFERS = ['text/event-stream', 'text/html'] as const;
const [STREAM, PAGE] = OFFERS;

describe('the preferred type', () => {
  it.each([
    [undefined, STREAM],
    ['', undefined],
    ['*/*', STREAM],
    [STREAM, STREAM],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', PAGE],
    ['TEXT/HTML', PAGE],
    ['application/json', undefined],
    ['text/*', STREAM],
  ])('of Accept: %s is %s', (accept, type) => {
    expect(preferredType(accept, OFFERS)).toBe(type);
  });

  it.each([
    ['text/html;q=0', undefined],
    ['text/html;q=0.000, */*', STREAM],
    ['text/html ; Q=0 , text/event-stream', STREAM],
    ['text/event-stream;q=0, */*', PAGE],
    ['text/event-stream;q=0, text/html;q=0', undefined],
    ['text/*;q=0, text/html', PAGE],
    ['*/*;q=0', undefined],
  ])('of Accept: %s, which refuses with a quality of 0, is %s', (accept, type) => {
    expect(preferredType(accept, OFFERS)).toBe(type);
  });

  it.each([
    ['text/html;q=0.5, text/event-stream', STREAM],
    ['text/html;q=0.5, text/event-stream;q=0.4', PAGE],
    ['text/html;level=1;q=0.3, text/event-stream;q=0.4', STREAM],
    ['text/html;q=0.2, */*;q=0.9', STREAM],
  ])('of Accept: %s is %s, by the higher quality', (accept, type) => {
    expect(preferredType(accept, OFFERS)).toBe(type);
  });

  it.each([
    ['text/html, */*', PAGE],
    ['*/*, text/html', PAGE],
    ['text/event-stream, text/html', STREAM],
    ['text/html, text/event-stream', PAGE],
  ])('of Accept: %s is %s: of two alike, the more exact or the earlier', (accept, type) => {
    expect(preferredType(accept, OFFERS)).toBe(type);
  });

  it('takes a quality that is none for 1, and reads no more than 64 elements', () => {
    expect(preferredType('text/html;q=high, text/event-stream;q=0.9', OFFERS)).toBe(PAGE);
    expect(preferredType(`${'a/b,'.repeat(64)}text/html`, OFFERS)).toBeUndefined();
  });
});

describe('a type is refused', () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    [`${STREAM};q=0`, true],
    ['text/*;q=0.0', true],
    [`*/*;q=0, ${STREAM}`, false],
    [`*/*, ${STREAM};q=0`, true],
    [`${STREAM};q=0.001`, false],
  ])('by Accept: %s: %s', (accept, refused) => {
    expect(refusesType(accept, STREAM)).toBe(refused);
  });
});

describe('a coding is accepted', () => {
  it.each([
    [undefined, false],
    ['gzip, br', true],
    ['GZIP', true],
    ['gzip;q=0, br', false],
    ['gzip;q=0.5', true],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['x-gzip-not', false],
  ])('by Accept-Encoding: %s: %s', (header, taken) => {
    expect(preferredCoding(header, ['gzip']) === 'gzip').toBe(taken);
  });
});
