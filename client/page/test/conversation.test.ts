import { Carillon } from '@carillon/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createConversation } from '../src/conversation.ts';
import type { Draft } from '../src/drafts.ts';

beforeEach(() => void vi.stubGlobal('navigator', { onLine: true }));
afterEach(() => vi.unstubAllGlobals());

/** A conversation whose server refuses every edit with this problem. */
function refused(code: string, status: number) {
  const saved: Draft[] = [];
  const carillon = new Carillon({
    url: 'http://carillon.test',
    fetch: () => Promise.resolve(Response.json({ code, detail: 'No.' }, { status })),
  });
  const conversation = createConversation('lobby', {
    carillon,
    feed: { follow: () => () => {}, onNote() {}, onEvents() {}, note() {}, renew() {} },
    outbox: { open: () => () => {}, post() {}, retry() {}, discard() {}, setPerson() {}, wake() {} },
    me: () => ({ id: 'ada', name: 'Ada' }),
    seen: () => Promise.resolve(undefined),
    isKnown: () => true,
    onUnknown() {},
    draft: { text: '' },
    saveDraft: (draft) => saved.push(draft),
  });
  return { conversation, saved };
}

it.each([
  ['deleted', 409],
  ['not_found', 404],
])(
  'another text for a message that is gone (%s) is not kept, and its writer is told',
  async (code, status) => {
    const { conversation, saved } = refused(code, status);
    await expect(conversation.edit(7, 'too late')).rejects.toMatchObject({ code });
    expect(saved.at(-1)).toEqual({ text: '' });
    expect(conversation.composition.editing.get()).toBe(undefined);
  },
);

it('another text that is refused for now is in its form again, and kept', async () => {
  const { conversation, saved } = refused('muted', 403);
  await conversation.edit(7, 'not now');
  expect(saved.at(-1)).toEqual({ text: '', edits: [[7, 'not now']] });
  expect(conversation.composition.editing.get()).toMatchObject({ seq: 7 });
});
