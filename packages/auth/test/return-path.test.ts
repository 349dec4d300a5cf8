import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { returnPath } from '../src/index.ts';

describe('a path to come back to', () => {
  it('is kept as a browser reads it', () => {
    expect(returnPath('/')).toBe('/');
    expect(returnPath('/c/lobby?x=1&y=%2F#42')).toBe('/c/lobby?x=1&y=%2F#42');
    expect(returnPath('/a/../c/lobby')).toBe('/c/lobby');
    expect(returnPath('/c/ä b')).toBe('/c/%C3%A4%20b');
    expect(returnPath('/?to=https://evil.example')).toBe('/?to=https://evil.example');
  });

  it('never leads a browser to another origin, whatever the text, and never breaks a header', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '\t',
      '\n',
      '\r',
      '%',
      '%2e',
      '%2f',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      'http:',
      ' ',
      '\0',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (given) => {
        const path = returnPath(given);
        if (path === undefined) return;
        expect(new URL(path, 'https://chat.example').origin).toBe('https://chat.example');
        expect(path).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
      }),
      { numRuns: propertyRuns(100, 5_000) },
    );
  });
});
