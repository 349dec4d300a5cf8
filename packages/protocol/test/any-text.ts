import fc from 'fast-check';

/** What a line-based format trips over. */
const AWKWARD = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\u2028',
  '\u2029',
  '\u0085',
  '\0',
  '\ufeff',
  ' ',
  ':',
  'data: ',
  'id: 1\n',
  'event: x\n',
  '{"',
  '\\',
  '👩‍👩‍👧',
  'é',
  '\ud83d',
  '\udc69',
];

/** Any sequence of UTF-16 code units, half surrogate pairs too, with more of {@link AWKWARD} than chance gives. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...AWKWARD),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));
