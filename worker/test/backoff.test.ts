import { expect, it } from 'vitest';
import { pauseAfter } from '../src/webhooks/backoff.ts';

const MINUTE_MS = 60_000;

it('a pause doubles with each failure, up to ten minutes', () => {
  const longest = Array.from({ length: 12 }, (_, index) => pauseAfter(index + 1, 0, () => 0));
  expect(longest.slice(0, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(longest.slice(-2)).toEqual([10 * MINUTE_MS, 10 * MINUTE_MS]);
  expect(pauseAfter(5_000, 0, () => 0)).toBe(10 * MINUTE_MS);
});

it('a pause is shorter by chance, by half at most', () => {
  expect(pauseAfter(5, 0, () => 0.999)).toBeGreaterThanOrEqual(8_000);
  const pauses = new Set(Array.from({ length: 20 }, () => pauseAfter(10)));
  expect(pauses.size).toBeGreaterThan(10);
});

it('a pause is as long as the receiver asks, an hour at most, and never shorter than its own', () => {
  expect(pauseAfter(1, 30_000)).toBe(30_000);
  expect(pauseAfter(1, 24 * 60 * MINUTE_MS)).toBe(60 * MINUTE_MS);
  expect(pauseAfter(5, 0, () => 0)).toBe(16_000);
  expect(pauseAfter(5, 1, () => 0)).toBe(16_000);
});
