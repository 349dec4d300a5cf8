import { expect, it } from 'vitest';
import { createComposition } from '../src/composition.ts';
import type { Draft } from '../src/drafts.ts';

function compose(left: Draft = { text: '' }) {
  const saved: Draft[] = [];
  return { saved, composition: createComposition(left, (draft) => saved.push(draft)) };
}

it('what is written is saved with each change: the text, what it answers, and other texts for messages', () => {
  const { saved, composition } = compose();
  composition.text.set('half');
  composition.replying.set(3);
  composition.keepEdit(7, 'other');
  expect(saved.at(-1)).toEqual({ text: 'half', replyTo: 3, edits: [[7, 'other']] });
  composition.keepEdit(7, undefined);
  composition.replying.set(undefined);
  composition.text.set('');
  expect(saved.at(-1)).toEqual({ text: '' });
});

it('what was left is there again, and a change that was not stored is open, which says so', () => {
  const { saved, composition } = compose({
    text: 'half',
    replyTo: 3,
    edits: [
      [2, 'b'],
      [7, 'other'],
    ],
  });
  expect([composition.text.get(), composition.replying.get()]).toEqual(['half', 3]);
  expect(composition.editOf(2)).toBe('b');
  expect(composition.editing.get()).toEqual({ seq: 7, fault: 'Your edit is not saved yet.' });
  expect(saved).toEqual([]);
});

it('of another person nothing stays, and taking up what they left saves nothing', () => {
  const { saved, composition } = compose({ text: 'of Ada', edits: [[2, 'b']] });
  composition.become({ text: 'of Bo' });
  expect(composition.draft).toEqual({ text: 'of Bo' });
  expect(composition.editing.get()).toBe(undefined);
  expect(saved).toEqual([]);
});
