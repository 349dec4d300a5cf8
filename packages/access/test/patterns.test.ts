import { describe, expect, it } from 'vitest';
import { matches } from '../src/patterns.ts';

describe('the patterns of a claim', () => {
  it.each([
    ['lobby', 'lobby', true],
    ['lobby', 'lobby2', false],
    ['*', 'anything', true],
    ['team-*', 'team-red', true],
    ['team-*', 'team-', true],
    ['team-*', 'ateam-red', false],
    ['*-red', 'team-red', true],
    ['*-red', 'team-red2', false],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*a*', 'bab', true],
  ])('%s is of %s: %s', (pattern, channel, expected) => {
    expect(matches([pattern], channel)).toBe(expected);
  });

  it('are all looked at, and none allows nothing', () => {
    expect(matches(['a', 'b-*'], 'b-1')).toBe(true);
    expect(matches([], 'a')).toBe(false);
  });
});
