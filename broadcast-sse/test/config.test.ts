import { parseConfig } from '@carillon/runtime';
import { expect, it } from 'vitest';
import { streamLimitConfig } from '../src/config.ts';

it('a maximum age that is too low is refused with the lowest', () => {
  expect(() => parseConfig(streamLimitConfig, { STREAM_MAX_AGE_SECONDS: '59' })).toThrow(
    'STREAM_MAX_AGE_SECONDS: must be a number of seconds, at least 60',
  );
});

it.each([
  ['STREAMS_PER_PERSON', '0', '>=1'],
  ['STREAMS_PER_ADDRESS', '2.5', 'must be a number'],
  ['STREAMS_PER_ADDRESS', 'many', 'must be a number'],
])('%s=%s is refused with what is wrong with it', (name, value, reason) => {
  expect(() => parseConfig(streamLimitConfig, { [name]: value })).toThrow(reason);
});
