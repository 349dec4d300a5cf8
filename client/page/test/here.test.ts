import { expect, it } from 'vitest';
import { hereText } from '../src/state/here.ts';

const named = (...names: string[]) => names.map((name) => ({ id: name, name }));

it.each([
  [named(), 0, 0, ''],
  [named(), 0, 1, '1 guest'],
  [named('Ada'), 1, 0, 'Ada'],
  [named('Ada', 'Bob'), 2, 0, 'Ada and Bob'],
  [named('Ada', 'Bob'), 2, 12, 'Ada, Bob and 12 guests'],
  [named('Ada', 'Bob', 'Eve', 'Dan'), 70, 1, 'Ada, Bob, Eve, 67 more and 1 guest'],
])('%j of %i with %i anonymous reads %j', (people, count, anonymous, text) => {
  expect(hereText({ channel: 'lobby', people, count, anonymous })).toBe(text);
});
