import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieces } from '../src/state/links.ts';

const links = (text: string) => pieces(text).flatMap(({ href }) => href ?? []);

describe('links', () => {
  it('are found without the punctuation around them', () => {
    expect(links('see https://example.org/a?b=1#c, or (http://x.test).')).toEqual([
      'https://example.org/a?b=1#c',
      'http://x.test/',
    ]);
    expect(links('https://en.wikipedia.org/wiki/Bell_(instrument)')).toEqual([
      'https://en.wikipedia.org/wiki/Bell_(instrument)',
    ]);
  });

  it('are only of the web', () => {
    expect(links('javascript:alert(1) data:text/html,x file:///etc/passwd ftp://x "><script>')).toEqual([]);
    expect(links('https://')).toEqual([]);
  });

  it('leave any text as it is', () => {
    const text = fc.array(
      fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom('(', ').', ' ', 'http://', '\n')),
    );
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.join('');
        const found = pieces(whole);
        expect(found.map((piece) => piece.text).join('')).toBe(whole);
        for (const { href } of found) if (href !== undefined) expect(href).toMatch(/^https?:\/\//);
      }),
    );
  });
});
