import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import {
  channelName,
  displayName,
  idempotencyKey,
  MAX_BODY_BYTES,
  MAX_KEY_LENGTH,
  MAX_NAME_LENGTH,
  MAX_RAW_NAME_LENGTH,
  message,
  messageBody,
  shownName,
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

  it.each([
    // Format characters, marks of direction, fillers, blank letters.
    ['A\u200bd\u00ada\ufeff', 'Ada'],
    ['\u202eAda\u202c \u2066x\u2069\u200e\u061c', 'Ada x'],
    ['\u3164Ada\u115f\u1160\uffa0', 'Ada'],
    ['Ada\u2800\u2800 \u2800x', 'Ada x'],
    ['Ada\u{e0041}\u{e0001}', 'Ada'],
    ['Ada\u00a0\u2003\u3000 Lovelace\u2028', 'Ada Lovelace'],
    // Marks: in one form, on letters, and not in stacks.
    ['E\u0301mile', 'Émile'],
    [`Z\u0335${'\u0301'.repeat(60)}o`, '\u0179\u0335\u0301\u0301\u0301o'],
    ['\u0301\u0302Ada \u0303x', 'Ada x'],
    ['a\u034f\u0323\u034f\u0301', 'ạ\u0301'],
    // What shapes a letter, or an emoji.
    ['علی\u200cرضا', 'علی\u200cرضا'],
    ['ශ්\u200dරී', 'ශ්\u200dරී'],
    ['क्\u200cष क्\u200dष', 'क्\u200cष क्\u200dष'],
    ['👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 👍🏽', '👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 👍🏽'],
    ['葛\u{e0100}城', '葛\u{e0100}城'],
    // The same where they shape nothing.
    ['A\u200dd\u200ca', 'Ada'],
    ['علی\u200c', 'علی'],
    ['Ada\u{e0100}\ufe0f', 'Ada'],
  ])('of %j is %j', (name, shown) => {
    expect(displayName.parse(name)).toBe(shown);
  });

  it.each(['\u200b', '\u2800\u3164', '\u00ad \u200e', '\u0301\u0302', '\ufeff', '\u{e0041}'])(
    'has something that is seen: %j is refused',
    (name) => {
      expect(displayName.safeParse(name).success).toBe(false);
    },
  );

  it('is its own shown name, and has nothing unseen but between what is seen', () => {
    const hidden = fc.constantFrom(
      ...[
        '\u200b',
        '\u200c',
        '\u200d',
        '\u00ad',
        '\u2800',
        '\u3164',
        '\u034f',
        '\ufe0f',
        '\u{e0100}',
        '\u0301',
        '\u0323',
      ],
      ...[
        'a',
        'é',
        'e',
        'ع',
        'ر',
        'क',
        '\u094d',
        '葛',
        '👩',
        '❤',
        '\u{1f3f4}',
        ' ',
        '\u3000',
        '\u1112',
        '\u1161',
      ],
    );
    const text = fc.oneof(
      fc.array(hidden, { maxLength: 20 }).map((parts) => parts.join('')),
      anyText,
    );
    fc.assert(
      fc.property(text, (name) => {
        const shown = shownName(name);
        expect(shownName(shown)).toBe(shown);
        expect(shown).toBe(shown.trim());
        expect(shown).not.toMatch(/\u034f|[\u200b\u00ad\u2800\u3164\u202a-\u202e\u2066-\u2069]/);
        expect(shown).not.toMatch(/\p{M}{6}|^\p{M}| {2}/u);
        expect(shown === '' || /[\p{L}\p{N}\p{P}\p{S}]/u.test(shown)).toBe(true);
      }),
      { numRuns: propertyRuns(500, 20_000) },
    );
  });

  it('is made in a moment, however long the name', () => {
    for (const part of [
      '\u200d',
      'ع\u200c',
      '\u0301',
      'a\u0301\u0301\u0301\u0301\u0301',
      '👩\u200d',
      '\u094d\u200d',
      ' \u0301',
      '1\ufe0f',
    ]) {
      const start = process.cpuUsage();
      shownName(part.repeat(MAX_RAW_NAME_LENGTH / part.length));
      // Of the processor's time; what grows with the square of the length takes minutes.
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(500);
    }
    const long = '\u200b'.repeat(MAX_RAW_NAME_LENGTH + 1);
    expect(shownName(long)).toBe(long);
    expect(displayName.safeParse(long).success).toBe(false);
  });

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
