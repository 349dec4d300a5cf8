import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  channelName,
  displayName,
  idempotencyKey,
  MAX_BODY_BYTES,
  MAX_KEY_LENGTH,
  MAX_NAME_LENGTH,
  message,
  messageBody,
  unstorable,
} from '../src/index.ts';
import { anyMessage, anyText } from './arbitrary.ts';

describe('a message', () => {
  it('is the same after JSON and its schema, whatever its text', () => {
    fc.assert(
      fc.property(anyMessage, (sent) => {
        expect(message.parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
      }),
    );
  });

  const valid = {
    channel: 'lobby',
    seq: 7,
    author: { id: 'g-1', name: 'Ada' },
    body: 'hello',
    createdAt: '2026-01-02T03:04:05.678Z',
  };

  it.each([
    ['seq', 0],
    ['seq', 1.5],
    ['seq', 2 ** 53],
    ['seq', '7'],
    ['channel', 'Lobby'],
    ['replyTo', 0],
    ['createdAt', 'yesterday'],
    ['createdAt', '2026-01-02'],
    ['author', { id: '', name: 'Ada' }],
    ['author', 'Ada'],
    ['body', null],
  ])('is refused where its %s is %j', (field, value) => {
    expect(message.safeParse(valid).success).toBe(true);
    expect(message.safeParse({ ...valid, [field]: value }).success).toBe(false);
  });
});

describe('a text to store', () => {
  it('is unstorable exactly where PostgreSQL or UTF-8 could not give it back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const survives = Buffer.from(text, 'utf8').toString('utf8') === text && !text.includes('\0');
        expect(unstorable(text) === undefined).toBe(survives);
      }),
    );
  });

  it('is taken as a body exactly as it is, or refused', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const taken = messageBody.safeParse(text);
        expect(taken.success).toBe(text.trim() !== '' && unstorable(text) === undefined);
        if (taken.success) expect(taken.data).toBe(text);
      }),
    );
  });

  it.each(['a', 'é', '€', '😀'])(
    'may be 64 KiB of UTF-8 as a body and not a byte more, in %j',
    (character) => {
      const size = Buffer.byteLength(character);
      const fits = character.repeat(Math.floor(MAX_BODY_BYTES / size));
      const padding = 'a'.repeat(MAX_BODY_BYTES % size);
      expect(messageBody.safeParse(fits + padding).success).toBe(true);
      expect(messageBody.safeParse(`${fits}${padding}a`).success).toBe(false);
    },
  );
});

describe('a display name', () => {
  it('loses the space around it', () => {
    expect(displayName.parse('  Ada Lovelace\n')).toBe('Ada Lovelace');
  });

  it.each(['', '   ', 'a'.repeat(MAX_NAME_LENGTH + 1), 'a\nb', 'a\u0000b', 'a\u0085b', 'a\uD800b', 7])(
    'is refused: %j',
    (name) => {
      expect(displayName.safeParse(name).success).toBe(false);
    },
  );

  it('is storable and on one line, whatever was given', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const taken = displayName.safeParse(text);
        if (taken.success) expect(taken.data).toMatch(/^[^\0\r\n]{1,64}$/);
        if (taken.success) expect(unstorable(taken.data)).toBeUndefined();
      }),
    );
  });
});

describe('an idempotency key', () => {
  it('is printable ASCII without spaces, 1 to 255 characters', () => {
    fc.assert(
      fc.property(
        fc.string({
          maxLength: 300,
          unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constant('k')),
        }),
        (key) => {
          const wellFormed = /^[!-~]+$/.test(key) && key.length <= MAX_KEY_LENGTH;
          expect(idempotencyKey.safeParse(key).success).toBe(wellFormed);
        },
      ),
    );
    expect(idempotencyKey.safeParse('k'.repeat(MAX_KEY_LENGTH)).success).toBe(true);
    expect(idempotencyKey.safeParse('k'.repeat(MAX_KEY_LENGTH + 1)).success).toBe(false);
  });
});

describe('a channel name', () => {
  it.each(['a', '0', 'lobby', 'team-1_x', 'a'.repeat(64)])('may be %j', (name) => {
    expect(channelName.safeParse(name).success).toBe(true);
  });

  it.each(['', '-a', '_a', 'A', 'a b', 'a/b', '..', 'a.b', 'ä', 'a\n', '%61', 'a'.repeat(65)])(
    'may not be %j',
    (name) => {
      expect(channelName.safeParse(name).success).toBe(false);
    },
  );
});
