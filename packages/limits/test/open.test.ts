import { expect, it } from 'vitest';
import { openLimits } from '../src/open.ts';

it.each(['', 'redis', 'http://127.0.0.1'])('%j opens no limits', (url) => {
  expect(() => openLimits(url)).toThrow(TypeError);
});
