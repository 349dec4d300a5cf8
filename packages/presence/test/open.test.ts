import { expect, it } from 'vitest';
import { openPresence } from '../src/open.ts';

it.each(['', 'redis', 'http://127.0.0.1', 'redis://127.0.0.1/lobby'])('%j opens no presence', (url) => {
  expect(() => openPresence(url)).toThrow(TypeError);
});
