/** What the property tests draw from. */
import fc from 'fast-check';
import { CHANNEL_PATTERN, EPOCH_PATTERN, MAX_CHANNELS_PER_STREAM, type Message } from '../src/index.ts';

/** Pieces that a parser of event streams, of JSON or of UTF-8 could stumble over. */
const STUMBLING_BLOCKS = [
  '\r',
  '\n',
  '\r\n',
  '\n\n',
  '\0',
  '\uFEFF',
  '\u2028',
  '\uD83D',
  '\uDC00',
  '😀',
  '\u2029',
  '\u0085',
  ':',
  ' ',
  'data: ',
  'id: 9',
  'event: x',
  '"',
  '\\',
];

/** Any text: the whole of Unicode, lone surrogates included. */
export const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...STUMBLING_BLOCKS),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

export const epoch = fc.stringMatching(EPOCH_PATTERN);
export const channel = fc.stringMatching(CHANNEL_PATTERN);
const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const channels = fc.uniqueArray(channel, {
  minLength: 1,
  maxLength: MAX_CHANNELS_PER_STREAM,
  size: 'max',
});

/** A position for each of 1 to 100 channels; 0 for one with nothing received. */
export const positions = channels.chain((names) =>
  fc
    .array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { minLength: names.length, maxLength: names.length })
    .map((seqs) => new Map(names.map((name, index) => [name, seqs[index] ?? 0]))),
);

export const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    channel,
    seq,
    author: fc.record({
      id: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
      name: fc.string({ unit: 'binary', minLength: 1, maxLength: 32 }),
    }),
    body: anyText,
    replyTo: seq,
    createdAt: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999') })
      .map((date) => date.toISOString()),
    key: fc.string({ minLength: 1 }),
  },
  { requiredKeys: ['channel', 'seq', 'author', 'body', 'createdAt'] },
);
