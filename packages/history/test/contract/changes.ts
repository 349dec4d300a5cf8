import { type Author, type Change, isMessage, type LogEvent } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { type ChangeDraft, MAX_EDITS_PER_MESSAGE, MAX_EMOJI_PER_MESSAGE } from '../../src/index.ts';
import { draft, newChannel, post, range, type Store, seqsOf } from './store.ts';
import { expectWhole } from './whole.ts';

const HOUR_MS = 3_600_000;

const ADA: Author = { id: 'ada', name: 'Ada' };
const BOB: Author = { id: 'bob', name: 'Bob "Ω"' };
const SECRET = 'a text that nobody may find again';

export function changesContract(store: () => Store): void {
  const history = () => store().history;
  const hands = () => store().hands;
  const log = (channel: string): Promise<LogEvent[]> => history().after(channel, 0, 10_000);
  const about = (channel: string, target = 1, author = ADA) => ({ channel, target, author });
  const edit = (channel: string, body: string, target = 1, author = ADA) =>
    history().change({ type: 'edit', ...about(channel, target, author), body });
  const remove = (channel: string, target = 1, author = ADA) =>
    history().change({ type: 'delete', ...about(channel, target, author) });
  const react = (channel: string, emoji: string, author = ADA, op: 'add' | 'remove' = 'add', target = 1) =>
    history().change({ type: 'reaction', ...about(channel, target, author), emoji, op });
  const page = (channel: string, viewer?: string) => history().messages(channel, { limit: 100, viewer });
  const one = async (channel: string, seq = 1, viewer?: string) =>
    (await history().messages(channel, { after: seq - 1, limit: 1, viewer })).messages[0];
  const mentions = async (channel: string) => {
    const kept = await hands().kept(channel);
    return kept.mentions.map(({ seq, handle }) => `${seq} ${handle}`);
  };
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  describe('an edit', () => {
    it('is refused where there are as many as there may be, and the message can still be deleted', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      expect(await edit(channel, 'text 1')).toMatchObject({ outcome: 'changed' });
      // Hundreds of real ones take seconds.
      await hands().repeatEdit(channel, MAX_EDITS_PER_MESSAGE - 2);
      const last = await edit(channel, `text ${MAX_EDITS_PER_MESSAGE}`);
      expect(last).toMatchObject({ outcome: 'changed', change: { seq: MAX_EDITS_PER_MESSAGE + 1 } });
      expect(await edit(channel, 'one more')).toEqual({ outcome: 'full' });
      expect(await edit(channel, `text ${MAX_EDITS_PER_MESSAGE}`)).toMatchObject({ outcome: 'unchanged' });
      expect((await one(channel))?.body).toBe(`text ${MAX_EDITS_PER_MESSAGE}`);
      expect(await remove(channel)).toMatchObject({ outcome: 'changed' });
    }, 60_000);

    it('is an event of the log, and the message has its text wherever it is read', async () => {
      const channel = newChannel();
      await history().append([draft(channel, 'first', { replyTo: 1, key: 'k' }), draft(channel, 'other')]);
      const done = await edit(channel, 'second', 1, BOB);
      const change = { type: 'edit', channel, seq: 3, author: BOB, createdAt: at, target: 1, body: 'second' };
      expect(done).toMatchObject({ outcome: 'changed', change });
      const { createdAt } = (done as { change: Change }).change;
      const message = {
        channel,
        seq: 1,
        author: ADA,
        body: 'second',
        replyTo: 1,
        key: 'k',
        createdAt: at,
        editedAt: createdAt,
        changed: 3,
      };
      const [first, other, third] = await log(channel);
      expect([first, other, third]).toEqual([message, expect.objectContaining({ body: 'other' }), change]);
      expect(await history().get(channel, 1)).toEqual(message);
      expect(await history().get(channel, 3)).toEqual(change);
      expect((await page(channel)).messages).toEqual([message, other]);
    });

    it('again with the same text makes no event', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      expect(await edit(channel, '1')).toMatchObject({ outcome: 'unchanged' });
      expect(await edit(channel, 'x')).toMatchObject({ outcome: 'changed' });
      expect(await edit(channel, 'x')).toMatchObject({ outcome: 'unchanged' });
      expect(await edit(channel, '1')).toMatchObject({ outcome: 'changed' });
      expect(seqsOf(await log(channel))).toEqual([1, 2, 3]);
    });

    it.each([
      '\ufeffbegins with a byte order mark',
      'NULL',
      `'quotes' \\ "double"\n\u2028`,
      '👩‍👩‍👧‍👦',
      '界'.repeat(20_000),
    ])('keeps %j', async (body) => {
      const channel = newChannel();
      await post(store(), channel, 1);
      await edit(channel, body);
      expect(await log(channel)).toMatchObject([{ body }, { body }]);
      expect(await history().revisions(channel, 1, 0, 9)).toMatchObject([{ body: '1' }, { body }]);
    });

    it('leaves the texts before it to be read, in pages', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      await edit(channel, 'b', 1, BOB);
      await react(channel, '👍');
      await edit(channel, 'c');
      expect(await history().revisions(channel, 1, 0, 9)).toEqual([
        { seq: 1, author: ADA, body: '1', createdAt: at },
        { seq: 2, author: BOB, body: 'b', createdAt: at },
        { seq: 4, author: ADA, body: 'c', createdAt: at },
      ]);
      expect(seqsOf(await history().revisions(channel, 1, 0, 2))).toEqual([1, 2]);
      expect(seqsOf(await history().revisions(channel, 1, 2, 2))).toEqual([4]);
      expect(await history().revisions(channel, 2, 0, 9)).toEqual([]);
      expect(await history().revisions(newChannel(), 1, 0, 9)).toEqual([]);
    });

    it('leaves the texts before it out of the log, and out of what its pages may hold', async () => {
      const channel = newChannel();
      await history().append([draft(channel, 'first'), draft(channel, 'other')]);
      await edit(channel, 'second', 1, BOB);
      await edit(channel, 'b', 2);
      await edit(channel, 'last');
      const events = await log(channel);
      expect(events.map((event) => ('body' in event ? event.body : undefined))).toEqual([
        'last',
        'b',
        '',
        'b',
        'last',
      ]);
      expect(events[2]).toMatchObject({ type: 'edit', seq: 3, author: BOB, target: 1 });
      expect(await history().get(channel, 3)).toEqual(events[2]);
      expect(await history().after(channel, 2, 9)).toEqual(events.slice(2));
      expect(await history().after(channel, 2, 9, 2)).toEqual(events.slice(2, 4));
    });

    it('lets a post be repeated by its key and the text it was posted with', async () => {
      const channel = newChannel();
      const first = draft(channel, 'first', { key: 'k' });
      await history().append([first]);
      await edit(channel, 'second');
      expect(await history().append([first])).toMatchObject([
        { outcome: 'repeated', message: { seq: 1, body: 'second' } },
      ]);
      expect(await history().append([{ ...first, body: 'second' }])).toEqual([{ outcome: 'conflict' }]);
    });
  });

  describe('a deletion', () => {
    it('leaves a tombstone, and of the texts nothing anywhere in the store', async () => {
      const channel = newChannel();
      const other = newChannel();
      const text = (n: number) => `${SECRET} ${channel} ${n}`;
      const held = () => Promise.all([1, 2, 3, 9].map((n) => hands().holds(text(n))));
      await history().append([draft(channel, `${text(1)} @ada`, { key: 'k' }), draft(channel, 'stays')]);
      await history().append([draft(other, `${text(9)}`)]);
      await edit(channel, `${text(2)} @bob`);
      await edit(channel, `${text(3)} @bob @eve`);
      await react(channel, '👍', BOB);
      expect(await held()).toEqual([true, true, true, true]);
      const done = await remove(channel, 1, BOB);
      const change = { type: 'delete', channel, seq: 6, author: BOB, createdAt: at, target: 1 };
      expect(done).toMatchObject({ outcome: 'changed', change });
      const { createdAt } = (done as { change: Change }).change;
      const tombstone = {
        channel,
        seq: 1,
        author: ADA,
        body: '',
        key: 'k',
        createdAt: at,
        deletedAt: createdAt,
        changed: 6,
      };
      const events = await log(channel);
      expect(events).toMatchObject([
        tombstone,
        { body: 'stays' },
        { type: 'edit', target: 1, body: '' },
        { type: 'edit', target: 1, body: '' },
        { type: 'reaction', count: 1 },
        change,
      ]);
      expect((await page(channel, 'bob')).messages[0]).toEqual(tombstone);
      expect(await history().revisions(channel, 1, 0, 9)).toEqual([]);
      expect(await hands().kept(channel)).toMatchObject({ mentions: [], reactions: 0 });
      expect(await held()).toEqual([false, false, false, true]);
      await remove(other);
      expect(await hands().holds(SECRET)).toBe(false);
      expect(await hands().holds('bob @eve')).toBe(false);
    });

    it('again makes no event, and nothing else can be done to the message', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      await remove(channel);
      expect(await remove(channel, 1, BOB)).toMatchObject({ outcome: 'unchanged' });
      expect(await edit(channel, 'back')).toEqual({ outcome: 'deleted' });
      expect(await react(channel, '👍')).toEqual({ outcome: 'deleted' });
      expect(await react(channel, '👍', ADA, 'remove')).toMatchObject({ outcome: 'deleted' });
      expect(seqsOf(await log(channel))).toEqual([1, 2]);
    });

    it('leaves its key used: whoever posts again with it gets the tombstone', async () => {
      const channel = newChannel();
      await history().append([draft(channel, 'first', { key: 'k' })]);
      await remove(channel);
      const again = await history().append([draft(channel, 'first', { key: 'k' })]);
      expect(again).toMatchObject([{ outcome: 'repeated', message: { seq: 1, body: '', deletedAt: at } }]);
    });
  });

  describe('a reaction', () => {
    it('is an event with the count after it; the message has all in the order they came', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      const change = { channel, target: 1, emoji: '👍', op: 'add', createdAt: at, type: 'reaction' };
      expect(await react(channel, '👍', BOB)).toMatchObject({
        outcome: 'changed',
        change: { ...change, seq: 3, author: BOB, count: 1 },
      });
      expect(await react(channel, '❤️')).toMatchObject({ change: { seq: 4, emoji: '❤️', count: 1 } });
      expect(await react(channel, '👍')).toMatchObject({ change: { seq: 5, count: 2 } });
      expect((await log(channel)).at(-1)).toEqual({ ...change, seq: 5, author: ADA, count: 2 });
      const reactions = [
        { emoji: '👍', count: 2, people: [BOB, ADA] },
        { emoji: '❤️', count: 1, people: [ADA] },
      ];
      const { messages } = await page(channel);
      expect(messages.map((message) => message.reactions)).toEqual([reactions, undefined]);
      expect((await one(channel, 1, 'bob'))?.reactions).toEqual([
        { ...reactions[0], mine: true },
        reactions[1],
      ]);
      expect((await log(channel))[0]).not.toHaveProperty('reactions');
      expect((await one(channel))?.changed).toBeUndefined();
    });

    it('put twice, or taken back where it is not, makes no event', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      expect(await react(channel, '👍', ADA, 'remove')).toMatchObject({ outcome: 'unchanged' });
      await react(channel, '👍');
      expect(await react(channel, '👍', { ...ADA, name: 'Ada again' })).toMatchObject({
        outcome: 'unchanged',
      });
      expect(await react(channel, '👍', BOB, 'remove')).toMatchObject({ outcome: 'unchanged' });
      expect(await react(channel, '👍', ADA, 'remove')).toMatchObject({
        change: { seq: 3, op: 'remove', count: 0 },
      });
      expect(await react(channel, '👍', ADA, 'remove')).toMatchObject({ outcome: 'unchanged' });
      expect((await one(channel))?.reactions).toBeUndefined();
      expect(seqsOf(await log(channel))).toEqual([1, 2, 3]);
    });

    it('that all took back comes last when it is put again', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      for (const emoji of ['👍', '🎉']) await react(channel, emoji);
      await react(channel, '👍', ADA, 'remove');
      await react(channel, '👍', BOB);
      expect((await one(channel))?.reactions?.map(({ emoji }) => emoji)).toEqual(['🎉', '👍']);
    });

    it('names the first ten people and counts all', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      for (const n of range(1, 13)) await react(channel, '👍', { id: `p${n}`, name: `P ${n}` });
      const [reaction] = (await one(channel, 1, 'p13'))?.reactions ?? [];
      expect(reaction).toMatchObject({ count: 13, mine: true });
      expect(reaction?.people.map(({ id }) => id)).toEqual(range(1, 10).map((n) => `p${n}`));
      await react(channel, '👍', { id: 'p1', name: 'P 1' }, 'remove');
      expect((await one(channel))?.reactions?.[0]?.people.map(({ id }) => id)).toEqual(
        range(2, 11).map((n) => `p${n}`),
      );
    });

    it('of another emoji is refused where there are as many as there may be', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      const emojis = [...'😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗😚😙😋'];
      for (const emoji of emojis.slice(0, MAX_EMOJI_PER_MESSAGE)) await react(channel, emoji);
      const more = emojis[MAX_EMOJI_PER_MESSAGE] ?? '';
      expect(await react(channel, more)).toEqual({ outcome: 'full' });
      expect(await react(channel, '😀', BOB)).toMatchObject({ change: { count: 2 } });
      await react(channel, '😃', ADA, 'remove');
      expect(await react(channel, more)).toMatchObject({ outcome: 'changed' });
    });
  });

  it('what is not a message cannot be changed', async () => {
    const channel = newChannel();
    await post(store(), channel, 1);
    await react(channel, '👍');
    const drafts: ChangeDraft[] = [
      { type: 'edit', ...about(channel, 2), body: 'x' },
      { type: 'delete', ...about(channel, 2) },
      { type: 'delete', ...about(channel, 3) },
      { type: 'reaction', ...about(newChannel()), emoji: '👍', op: 'add' },
    ];
    for (const each of drafts) expect(await history().change(each)).toEqual({ outcome: 'missing' });
    expect(seqsOf(await log(channel))).toEqual([1, 2]);
  });

  describe('changes in the log', () => {
    it('are behind until they are marked, have an age, and are replayed within the bounds of a page', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      await history().markPublished([{ channel, first: 1, last: 2 }]);
      await react(channel, '👍');
      await edit(channel, 'x'.repeat(1_000), 2);
      await edit(channel, 'y'.repeat(1_000), 2);
      await post(store(), channel, 1);
      const behind = (await history().unpublished(0, 10_000)).find((each) => each.channel === channel);
      expect(behind).toEqual({ channel, published: 2, head: 6 });
      expect(seqsOf(await history().after(channel, 0, 4))).toEqual(range(1, 4));
      expect(seqsOf(await history().after(channel, 2, 9, 1_500))).toEqual([3, 4, 5, 6]);
      expect(seqsOf(await history().after(channel, 2, 9, 1_000))).toEqual([3, 4, 5]);
      expect(seqsOf(await history().after(channel, 3, 9, 1))).toEqual([4]);
      await hands().age(channel, 4, 2 * HOUR_MS);
      expect(await history().seqBefore(channel, HOUR_MS)).toBe(4);
    });

    it('are not on the pages of messages, which say what lies around them', async () => {
      const channel = newChannel();
      await post(store(), channel, 3);
      for (const emoji of ['👍', '🎉', '🙂']) await react(channel, emoji, ADA, 'add', 2);
      await post(store(), channel, 2);
      await react(channel, '👍', ADA, 'add', 8);
      const read = async (asked: { before?: number; after?: number; limit: number }) => {
        const { messages, ...rest } = await history().messages(channel, asked);
        return { seqs: seqsOf(messages), ...rest };
      };
      const extent = { head: 9, earliest: 1 };
      expect(await read({ limit: 3 })).toEqual({ ...extent, seqs: [3, 7, 8], older: true, newer: false });
      expect(await read({ limit: 9 })).toEqual({
        ...extent,
        seqs: [1, 2, 3, 7, 8],
        older: false,
        newer: false,
      });
      expect(await read({ before: 7, limit: 2 })).toEqual({
        ...extent,
        seqs: [2, 3],
        older: true,
        newer: true,
      });
      expect(await read({ after: 3, limit: 1 })).toEqual({ ...extent, seqs: [7], older: true, newer: true });
      expect(await read({ after: 8, limit: 5 })).toEqual({ ...extent, seqs: [], older: true, newer: false });
      expect(await read({ before: 1, limit: 5 })).toEqual({ ...extent, seqs: [], older: false, newer: true });
    });

    it('are dropped by age and count as messages are, and with a message what others hold of it', async () => {
      await history().retain({ maxCount: 0 });
      const channel = newChannel();
      await history().append([draft(channel, 'one @ada'), draft(channel, 'two @bob')]);
      await react(channel, '👍');
      await edit(channel, `${SECRET} of one`);
      await edit(channel, 'two, edited', 2);
      await react(channel, '👍', ADA, 'add', 2);
      expect(await history().retain({ channel, maxCount: 5 })).toBe(1);
      expect((await history().extents([channel])).get(channel)).toEqual({ earliest: 2, head: 6 });
      expect(await log(channel)).toMatchObject([
        { seq: 2, body: 'two, edited' },
        { seq: 3, type: 'reaction', target: 1 },
        { seq: 4, type: 'edit', target: 1, body: '' },
        { seq: 5, type: 'edit', target: 2, body: 'two, edited' },
        { seq: 6, type: 'reaction', target: 2 },
      ]);
      expect(await hands().holds(SECRET)).toBe(false);
      expect(await mentions(channel)).toEqual([]);
      expect((await one(channel, 2))?.reactions).toHaveLength(1);
      expect(await edit(channel, 'too late')).toEqual({ outcome: 'missing' });
      await hands().age(channel, 4, 2 * HOUR_MS);
      expect(await history().retain({ channel, maxAgeMs: HOUR_MS })).toBe(3);
      expect(seqsOf(await log(channel))).toEqual([5, 6]);
      expect(await history().retain({ channel, maxCount: 0 })).toBe(2);
      expect(await hands().kept(channel)).toMatchObject({ mentions: [], reactions: 0 });
    });
  });

  it('what a moderator does to a message is in the audit with it, or neither is there', async () => {
    const channel = newChannel();
    await post(store(), channel, 1);
    const edited = { type: 'edit', ...about(channel, 1, BOB), body: 'moderated' } as const;
    await hands().refuse({ audited: channel }, () => expect(history().change(edited, ADA)).rejects.toThrow());
    expect(await log(channel)).toMatchObject([{ seq: 1, body: '1' }]);
    expect(await history().change(edited, ADA)).toMatchObject({ outcome: 'changed' });
    expect(await history().change(edited, ADA)).toMatchObject({ outcome: 'unchanged' });
    await edit(channel, 'by its author');
    expect(await history().access.audit(channel, undefined, 9)).toMatchObject([
      { act: 'edit_message', by: BOB, person: 'ada', details: { seq: 1 } },
    ]);
  });

  it('a change answers with the message as it is then, for who did it', async () => {
    const channel = newChannel();
    await post(store(), channel, 1);
    await react(channel, '👍', BOB);
    const answers = [
      await edit(channel, 'b'),
      await edit(channel, 'b'),
      await react(channel, '🎉'),
      await react(channel, '🎉'),
      await remove(channel),
      await remove(channel),
    ];
    const messages = answers.map((answer) => ('message' in answer ? answer.message : undefined));
    const thumb = expect.objectContaining({ emoji: '👍', count: 1 });
    expect(messages[0]).toMatchObject({ seq: 1, body: 'b', changed: 3, reactions: [thumb] });
    expect(messages[1]).toEqual(messages[0]);
    expect(messages[2]).toMatchObject({ changed: 3, reactions: [thumb, { emoji: '🎉', mine: true }] });
    expect(messages[3]).toEqual(messages[2]);
    expect(messages[4]).toMatchObject({ seq: 1, body: '', changed: 5, deletedAt: at });
    expect([messages[5], messages[5]]).toEqual([messages[4], await one(channel)]);
  });

  it('new settings of a channel are an event of its log', async () => {
    const channel = newChannel();
    await post(store(), channel, 1);
    const told = await history().access.configure(channel, { topic: 'a "topic" 👍', archived: true }, BOB);
    const change = {
      type: 'channel',
      channel,
      seq: 2,
      author: BOB,
      createdAt: at,
      topic: 'a "topic" 👍',
      archived: true,
    };
    expect(told).toMatchObject({ outcome: 'changed', change });
    expect((await log(channel)).at(-1)).toEqual(change);
    await history().access.configure(channel, { visibility: 'private' }, ADA);
    expect(await history().get(channel, 3)).toMatchObject({ type: 'channel', visibility: 'private' });
    expect(await history().access.configure(channel, { archived: true }, ADA)).not.toHaveProperty('change');
    expect((await history().extents([channel])).get(channel)?.head).toBe(3);
  });

  it('mentions are kept for each message, as its text is now', async () => {
    const channel = newChannel();
    await history().append([draft(channel, 'hello'), draft(channel, '@Ada and @bob: @ada')]);
    await history().append([draft(channel, 'mail ada@example.com')]);
    await history().append([draft(channel, '@eve')]);
    expect(await mentions(channel)).toEqual(['2 ada', '2 bob', '4 eve']);
    await edit(channel, '@bob, @Dr.Eve!', 2);
    await edit(channel, 'now @ada', 1);
    expect(await mentions(channel)).toEqual(['1 ada', '2 bob', '2 dr.eve', '4 eve']);
    await edit(channel, 'nobody', 2);
    await remove(channel, 4);
    expect(await mentions(channel)).toEqual(['1 ada']);
  });

  it('many changes and posts at once leave counts right, one text that is the last edit’s, and no hole', async () => {
    const channel = newChannel();
    await post(store(), channel, 2);
    // 24 changes and 12 posts: each waits for one of 8 connections, and on a crowded machine more than these wait too long.
    const people = range(1, 6).map((n) => ({ id: `p${n}`, name: `P ${n}` }));
    const answers = await Promise.all(
      people.flatMap((person) => [
        react(channel, '👍', person),
        edit(channel, `by ${person.id} @${person.id}`, 1, person),
        history().append([draft(channel, 'x')]),
        react(channel, '👍', person),
        react(channel, '🎉', person, 'remove'),
        history().append([draft(channel, '@ada')]),
      ]),
    );
    const events = await expectWhole(store(), channel);
    expect(seqsOf(events)).toEqual(range(1, 2 + 4 * people.length));
    const told = answers.flatMap((answer) => ('change' in answer ? [answer.change] : []));
    const lastEdit = events.findLast((event) => 'type' in event && event.type === 'edit');
    const inLog = (change: Change) =>
      change.type === 'edit' && change.seq !== lastEdit?.seq ? { ...change, body: '' } : change;
    expect(told.sort((a, b) => a.seq - b.seq).map(inLog)).toEqual(
      events.filter((event) => !isMessage(event)),
    );
    const counts = events.flatMap((event) => ('count' in event ? [event.count] : []));
    expect(counts).toEqual(range(1, people.length));
    const message = await one(channel);
    expect(message?.reactions).toMatchObject([{ emoji: '👍', count: people.length }]);
    expect(message).toMatchObject({ changed: lastEdit?.seq, body: (lastEdit as { body?: string }).body });
    expect((await mentions(channel)).filter((line) => line.startsWith('1 '))).toEqual([
      `1 ${lastEdit?.author.id}`,
    ]);
  });
}
