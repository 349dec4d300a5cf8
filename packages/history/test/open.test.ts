import { expect, it } from 'vitest';
import { HISTORY_SCHEMES, openHistory } from '../src/index.ts';

it.each(['', 'memory:', 'http://127.0.0.1/', '/data', 'constructor:x'])(
  'refuses the URL %j and says what it takes',
  async (url) => {
    await expect(openHistory(url)).rejects.toThrow(HISTORY_SCHEMES.join(' or '));
  },
);
