import { parseConfig } from '@carillon/runtime';
import { expect, it } from 'vitest';
import { streamLimitConfig } from '../src/config.ts';

it('a maximum age that is too low is refused with the lowest', () => {
  expect(() => parseConfig(streamLimitConfig, { STREAM_MAX_AGE_SECONDS: '59' })).toThrow(
    'STREAM_MAX_AGE_SECONDS: must be a number of seconds, at least 60',
  );
});
