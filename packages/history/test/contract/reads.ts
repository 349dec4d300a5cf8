import { describe, expect, it } from 'vitest';
import { LAST_BODY_LENGTH, MAX_UNREAD, type Reader } from '../../src/index.ts';
import { GUEST_READS_DAYS, READS_DAYS } from '../../src/reads.ts';
import { draft, newChannel, post, range, type Store } from './store.ts';

const BOB: Reader = { id: 'bob', handles: ['bob'] };
const ADA: Reader = { id: 'ada', handles: ['ada'] };
const ADA_AUTHOR = { id: 'ada', name: 'Ada' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function readsContract(store: () => Store): void {
  const mark = (channel: string, seq: number, reader = BOB) =>
    store().history.reads.mark(reader, channel, seq);
  const overview = async (channel: string, reader: Reader | undefined = BOB) =>
    (await store().history.reads.overview([channel], reader)).get(channel);

  describe('read cursors', () => {
    it('begin before the first message, and what others posted is unread', async () => {
      const channel = newChannel();
      await post(store(), channel, 3);
      expect((await overview(channel))?.reader).toEqual({ read: 0, unread: 3, mentions: 0 });
      await store().history.append([draft(channel, 'mine', { author: { id: 'bob', name: 'Bob' } })]);
      expect((await overview(channel))?.reader).toMatchObject({ unread: 3 });
      expect((await overview(channel, ADA))?.reader).toMatchObject({ unread: 1 });
    });

    it('count who is mentioned in any script, and nobody in code', async () => {
      const channel = newChannel();
      const texts = [
        '請@bob看',
        '@bobさん',
        '@bob은',
        '＠bob',
        '_@bob_',
        'done.@bob',
        '`@bob`',
        '```\n@bob\n```',
      ];
      await store().history.append(texts.map((text) => draft(channel, text)));
      expect((await overview(channel))?.reader).toEqual({ read: 0, unread: 8, mentions: 6 });
      await store().history.change({ type: 'edit', channel, target: 1, body: '`@bob`', author: ADA_AUTHOR });
      expect((await overview(channel))?.reader).toMatchObject({ mentions: 5 });
    });

    it('move forward, never back', async () => {
      const channel = newChannel();
      await post(store(), channel, 5);
      expect(await mark(channel, 3)).toEqual({ outcome: 'marked', read: 3, unread: 2, mentions: 0 });
      expect(await mark(channel, 2)).toMatchObject({ outcome: 'marked', read: 3, unread: 2 });
      expect(await mark(channel, 5)).toMatchObject({ read: 5, unread: 0 });
      await post(store(), channel, 1);
      expect((await overview(channel))?.reader).toMatchObject({ read: 5, unread: 1 });
      expect((await overview(channel, ADA))?.reader).toMatchObject({ read: 0, unread: 0 });
    });

    it('end where they were furthest, in whatever order calls arrive', async () => {
      const channel = newChannel();
      await post(store(), channel, 20);
      await Promise.all([7, 19, 3, 12, 18].map((seq) => mark(channel, seq)));
      expect((await overview(channel))?.reader).toMatchObject({ read: 19, unread: 1 });
    });

    it('do not pass the head, and need a channel', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      expect(await mark(channel, 3)).toEqual({ outcome: 'ahead', head: 2 });
      expect((await overview(channel))?.reader).toMatchObject({ read: 0, unread: 2 });
      expect(await mark(newChannel('nobody'), 0)).toEqual({ outcome: 'missing' });
    });

    it('go once nobody moved them for as long as they are kept, a guest’s sooner', async () => {
      const [one, other] = [newChannel(), newChannel()];
      for (const channel of [one, other]) await post(store(), channel, 2);
      const guest = { ...ADA, guest: true };
      const { hands, history } = store();
      for (const reader of [guest, BOB]) await mark(one, 1, reader);
      await hands.pass(GUEST_READS_DAYS * DAY_MS - HOUR_MS);
      await mark(other, 1, guest);
      expect(await history.reads.sweep()).toBe(0);
      await hands.pass(DAY_MS);
      expect(await history.reads.sweep()).toBeGreaterThan(0);
      expect((await overview(one, guest))?.reader?.read).toBe(0);
      expect((await overview(other, guest))?.reader?.read).toBe(1);
      expect((await overview(one))?.reader?.read).toBe(1);
      await hands.pass(READS_DAYS * DAY_MS);
      await history.reads.sweep();
      expect((await overview(one))?.reader?.read).toBe(0);
    });

    it('go in steps where there are many', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      const { hands, history } = store();
      await hands.pass(2 * READS_DAYS * DAY_MS);
      await history.reads.sweep();
      // As many at once as connections serve before who waits for one gives up.
      for (const wave of range(1, 150)) {
        const guests = range(1, 8).map((n) => ({ id: `guest-${wave}-${n}`, handles: [], guest: true }));
        await Promise.all(guests.map((reader) => mark(channel, 1, reader)));
      }
      await hands.pass((GUEST_READS_DAYS + 1) * DAY_MS);
      expect(await history.reads.sweep()).toBe(1_200);
    });

    it('are of one channel and one person', async () => {
      const [one, other] = [newChannel(), newChannel()];
      await post(store(), one, 2);
      await post(store(), other, 2);
      await mark(one, 2);
      const found = await store().history.reads.overview([one, other, newChannel('nobody')], BOB);
      expect([...found].map(([channel, { reader }]) => [channel, reader?.unread])).toEqual([
        [one, 0],
        [other, 2],
      ]);
      expect((await overview(one, { id: "bob' or true --", handles: [] }))?.reader).toMatchObject({
        unread: 2,
      });
    });

    it('count neither changes nor what was deleted', async () => {
      const channel = newChannel();
      const author = { id: 'ada', name: 'Ada' };
      await post(store(), channel, 3);
      const { history } = store();
      await history.change({ type: 'reaction', channel, target: 1, author, emoji: '👍', op: 'add' });
      await history.change({ type: 'edit', channel, target: 2, author, body: 'again' });
      expect((await overview(channel))?.reader).toMatchObject({ unread: 3 });
      await history.change({ type: 'delete', channel, target: 3, author });
      expect((await overview(channel))?.reader).toMatchObject({ unread: 2 });
      expect((await overview(channel))?.last).toMatchObject({
        seq: 3,
        body: '',
        deletedAt: expect.any(String),
      });
      expect(await mark(channel, 6)).toMatchObject({ outcome: 'marked', read: 6, unread: 0 });
    });

    it('count the messages that mention the person, each once', async () => {
      const channel = newChannel();
      const bob: Reader = { id: 'u-17', handles: ['bob', 'u-17'] };
      const author = { id: 'u-17', name: 'Bob' };
      await store().history.append([
        draft(channel, 'hello @bob, @u-17'),
        draft(channel, 'hello @ada'),
        draft(channel, 'I am @bob', { author }),
        draft(channel, '@Bob again'),
        draft(channel, 'bob@example.com'),
      ]);
      expect((await overview(channel, bob))?.reader).toEqual({ read: 0, unread: 4, mentions: 2 });
      expect((await overview(channel, ADA))?.reader).toMatchObject({ mentions: 0 });
      expect(await mark(channel, 1, bob)).toMatchObject({ unread: 3, mentions: 1 });
      const { history } = store();
      await history.change({ type: 'delete', channel, target: 4, author });
      await history.change({ type: 'edit', channel, target: 2, author, body: 'hello @bob' });
      expect((await overview(channel, bob))?.reader).toMatchObject({ mentions: 1 });
    });

    it('count up to a bound, and only what is kept', async () => {
      const channel = newChannel();
      await post(store(), channel, MAX_UNREAD + 5);
      expect((await overview(channel))?.reader).toMatchObject({ unread: MAX_UNREAD });
      expect(await mark(channel, 5)).toMatchObject({ unread: MAX_UNREAD });
      expect(await mark(channel, 6)).toMatchObject({ unread: MAX_UNREAD - 1 });
      await store().history.retain({ channel, maxCount: 10 });
      expect((await overview(channel))?.reader).toMatchObject({ unread: 10 });
    });
  });

  describe('an overview', () => {
    it('has the newest message, its body cut between characters', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      const body = `${'🎈'.repeat(LAST_BODY_LENGTH)}!`;
      const [appended] = await store().history.append([draft(channel, body, { replyTo: 1, key: 'k' })]);
      expect(appended).toMatchObject({ outcome: 'created' });
      expect((await overview(channel))?.last).toEqual({
        ...(appended?.outcome === 'created' && appended.message),
        body: '🎈'.repeat(LAST_BODY_LENGTH),
      });
    });

    it('has no reader where nobody asks, and no last message where none is kept', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      await store().history.retain({ channel, maxCount: 0 });
      const found = await store().history.reads.overview([channel], undefined);
      expect(found.get(channel)).toEqual({ last: undefined, reader: undefined });
      expect((await overview(channel))?.reader).toMatchObject({ unread: 0 });
    });

    it('of many channels is one answer', async () => {
      const channels = range(1, 200).map(() => newChannel('listed'));
      await store().history.append(channels.map((channel) => draft(channel, channel)));
      const found = await store().history.reads.overview(channels, BOB);
      expect(channels.map((channel) => found.get(channel)?.last?.body)).toEqual(channels);
      expect((await store().history.reads.overview([], BOB)).size).toBe(0);
    });
  });
}
