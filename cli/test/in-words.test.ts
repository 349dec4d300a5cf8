import type { Change, Message } from '@carillon/client';
import { describe, expect, it } from 'vitest';
import { changeInWords, messageInWords } from '../src/in-words.ts';

const at = { channel: 'lobby', createdAt: '2026-01-01T12:34:56.000Z', author: { id: 'ada', name: 'Ada' } };

/** Without the time, which is that of this machine. */
const words = (line: string) => line.replace(/^\d\d:\d\d:\d\d /, '');

function message(more: Partial<Message>): string {
  return words(messageInWords({ ...at, seq: 7, body: 'hello', ...more }, false));
}

function change(more: object): string {
  return words(changeInWords({ ...at, seq: 9, ...more } as Change, false));
}

describe('carillon tail says of a message', () => {
  it('who wrote it, and what', () => {
    expect(message({})).toBe('7 Ada: hello\n');
    expect(message({ replyTo: 3 })).toBe('7 Ada to 3: hello\n');
    expect(message({ editedAt: at.createdAt })).toBe('7 Ada: hello (edited)\n');
    expect(message({ body: 'one\ntwo\r\nthree' })).toBe('7 Ada: one\n    two\n    three\n');
  });

  it('that it is gone, and not what it said', () => {
    expect(message({ body: '', editedAt: at.createdAt, deletedAt: at.createdAt })).toBe('7 Ada: (deleted)\n');
  });

  it('where it was said, where there are several channels, and when', () => {
    const told = { ...at, seq: 7, body: 'hello' };
    expect(words(messageInWords(told, true))).toBe('#lobby 7 Ada: hello\n');
    expect(messageInWords(told, true)).toMatch(/^\d\d:\d\d:56 #lobby /);
    expect(messageInWords({ ...told, createdAt: 'never' }, false)).toBe('--:--:-- 7 Ada: hello\n');
  });

  it('nothing that steers a terminal, in its name either', () => {
    const nasty = 'a\u001b[2J\u009b\u202eb\nc';
    expect(message({ author: { id: 'eve', name: nasty } })).toBe('7 a␛[2J\ufffd\ufffdb c: hello\n');
    expect(message({ body: nasty })).toBe('7 Ada: a␛[2J\ufffd\ufffdb\n    c\n');
  });
});

describe('carillon tail says of a change', () => {
  it.each([
    [{ type: 'edit', target: 3, body: 'one\ntwo' }, 'edited 3: one\n    two'],
    [{ type: 'delete', target: 3 }, 'deleted 3'],
    [{ type: 'reaction', target: 3, emoji: '👍', op: 'add', count: 2 }, 'reacted with 👍 to 3 (2)'],
    [{ type: 'reaction', target: 3, emoji: '👍', op: 'remove', count: 0 }, 'removed 👍 from 3 (0)'],
    [{ type: 'pin', message: 3, op: 'add' }, 'pinned 3'],
    [{ type: 'pin', message: 3, op: 'remove' }, 'unpinned 3'],
    [{ type: 'channel', topic: 'Plans\u001b' }, 'set the topic: Plans␛'],
    [{ type: 'channel', topic: '' }, 'removed the topic'],
    [{ type: 'channel', archived: true }, 'archived the channel'],
    [{ type: 'channel', archived: false }, 'unarchived the channel'],
    [
      { type: 'channel', visibility: 'private', topic: 'Ours' },
      'set the topic: Ours, made the channel private',
    ],
    [{ type: 'channel' }, 'changed the channel'],
    [{ type: 'sparkle\u001b', target: 3 }, 'made a change that this version does not know: sparkle␛'],
  ])('%j: %s', (what, said) => {
    expect(change(what)).toBe(`9 * Ada ${said}\n`);
  });
});
