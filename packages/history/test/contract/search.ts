import { describe, expect, it } from 'vitest';
import { type ChangeDraft, type ReadScope, readQuery, type SearchRequest } from '../../src/index.ts';
import { MAX_SEARCHED_LENGTH } from '../../src/search-words.ts';
import { draft, newChannel, range, type Store } from './store.ts';

const ANYWHERE: ReadScope = { subscribe: ['*'], person: 'bob', moderate: [] };
const ADA = { id: 'ada', name: 'Ada' };
const DAY_MS = 24 * 60 * 60 * 1_000;

export function searchContract(store: () => Store): void {
  const say = (channel: string, ...bodies: readonly string[]) =>
    store().history.append(bodies.map((body) => draft(channel, body)));
  const indexAll = async () => {
    for (let turn = 0; turn < 10_000; turn++) if (!(await store().history.search.index()).more) return;
    throw new Error('the index never gets to the end');
  };
  const page = (q: string, more: Partial<SearchRequest> = {}) =>
    store().history.search.find({ query: readQuery(q), scope: ANYWHERE, limit: 20, ...more });
  const find = async (q: string, more: Partial<SearchRequest> = {}) =>
    (await page(q, more)).hits.map(({ message }) => message.body);
  /** Follows the pages to the end; `between` runs before each next one. */
  const follow = async (q: string, more: Partial<SearchRequest>, between = async () => {}) => {
    const seen: string[] = [];
    let cursor: SearchRequest['cursor'];
    for (let pages = 0; pages < 1_000; pages++) {
      const { hits, next } = await page(q, { ...more, cursor });
      seen.push(...hits.map(({ message }) => `${message.channel} ${message.seq}`));
      if (next === undefined) return seen;
      cursor = next;
      await between();
    }
    throw new Error('the pages never end');
  };
  const change = (changed: ChangeDraft) => store().history.change(changed);
  const entries = async (channel: string) => (await store().hands.kept(channel)).entries;
  /** A channel with these messages, in the index. */
  const indexed = async (...bodies: readonly string[]) => {
    const channel = newChannel('search');
    await say(channel, ...bodies);
    await indexAll();
    return channel;
  };

  describe('search', () => {
    it('finds a message once it is indexed, by all of its words, without case and accents', async () => {
      const channel = newChannel('search');
      await say(channel, 'Zwölf Boxkämpfer jagen Viktor', 'quer über den Sylter Deich');
      expect(await find('viktor', { channel })).toEqual([]);
      await indexAll();
      for (const q of ['viktor ', 'VIKTOR ', 'boxkampfer jagen ', 'zwölf viktor ', 'zwo', '"jagen viktor"']) {
        expect(await find(q, { channel }), q).toEqual(['Zwölf Boxkämpfer jagen Viktor']);
      }
      for (const q of ['vikto ', 'viktor deich ', '"viktor jagen"', 'boxkämpfe ']) {
        expect(await find(q, { channel }), q).toEqual([]);
      }
    });

    it('knows quotes, minus, or, and the beginning of the last word', async () => {
      const channel = await indexed('red apple', 'green apple pie', 'red cherry', 'apple, red as blood');
      const found = async (q: string) => (await find(q, { channel })).sort();
      expect(await found('red apple')).toEqual(['apple, red as blood', 'red apple']);
      expect(await found('"red apple"')).toEqual(['red apple']);
      expect(await found('apple -red')).toEqual(['green apple pie']);
      expect(await found('cherry or pie ')).toEqual(['green apple pie', 'red cherry']);
      expect(await found('red -"red apple" -cherry')).toEqual(['apple, red as blood']);
      expect(await found('che')).toEqual(['red cherry']);
      expect(await found('che ')).toEqual([]);
      expect(await found('"green ap"')).toEqual([]);
    });

    it('finds what has no spaces, emoji, other scripts, addresses', async () => {
      const channel = await indexed(
        '東京タワーへ行く',
        'みんなで 🎉 お祝い 👩‍👩‍👧',
        'שָׁלוֹם עולם',
        'مرحبا بالعالم',
        'see https://example.com/foo_bar?x=1 (v2.0.1)',
        'हिन्दी में लिखा',
      );
      for (const [q, start] of [
        ['東京', '東京'],
        ['タワー', '東京'],
        ['🎉', 'みんな'],
        ['👩‍👩‍👧', 'みんな'],
        ['שלום', 'שָׁ'],
        ['بالعالم', 'مرحبا'],
        ['example.com', 'see'],
        ['foo_bar', 'see'],
        ['v2.0', 'see'],
        ['हिन्दी', 'हिन्दी'],
      ] as const) {
        const found = await find(q, { channel });
        expect([q, found.length, found[0]?.startsWith(start)]).toEqual([q, 1, true]);
      }
      expect(await find('京東', { channel })).toEqual([]);
    });

    it('finds each form of width by the other, and marks it', async () => {
      const channel = await indexed('新しいﾃﾞｰﾀﾍﾞｰｽです', '古いデータベースだ', 'ｶﾞｷﾞ ＡＢＣ');
      const [half, full] = ['新しいﾃﾞｰﾀﾍﾞｰｽです', '古いデータベースだ'];
      for (const q of ['ﾃﾞｰﾀﾍﾞｰｽ', 'データベース', 'テ\u3099ータヘ\u3099ース']) {
        expect((await find(q, { channel })).sort(), q).toEqual([full, half].sort());
      }
      const { hits } = await page('データベース', { channel });
      const marked = hits.flatMap(({ excerpt }) =>
        excerpt.filter(({ match }) => match).map(({ text }) => text),
      );
      expect(marked.sort()).toEqual(['データベース', 'ﾃﾞｰﾀﾍﾞｰｽ'].sort());
      expect(await find('abc ', { channel })).toEqual(['ｶﾞｷﾞ ＡＢＣ']);
      expect(await find('テ', { channel })).toEqual([]);
    });

    it('finds Korean words with what is written to their end, wherever they stand in the query', async () => {
      const channel = await indexed('서울에서 맛집을 찾아요', '부산에서 맛집을', '2024년에 Carillon을 썼다');
      for (const q of ['서울', '서울 ', '서울 맛집 ', '맛집 서울', '"서울"', '맛집 -부산 ']) {
        expect(await find(q, { channel }), q).toEqual(['서울에서 맛집을 찾아요']);
      }
      expect((await find('맛집 ', { channel })).length).toBe(2);
      for (const q of ['carillon ', '2024년 ', 'carillon을 ', '2024 썼다 ']) {
        expect(await find(q, { channel }), q).toEqual(['2024년에 Carillon을 썼다']);
      }
      expect(await find('서울 부산 ', { channel })).toEqual([]);
    });

    it('takes a query as words and nothing else', async () => {
      const channel = await indexed("Robert'); drop table search_entries; --", 'a & !b | c:* <-> d \\ %');
      for (const q of [
        "robert'); drop table",
        "'robert' & !x",
        'robert:*',
        'robert\\',
        '"robert',
        '\u{feff}robert',
      ]) {
        expect((await find(`${q} `, { channel })).length, q).toBeLessThanOrEqual(1);
      }
      expect(await find("robert'", { channel })).toHaveLength(1);
      expect(await find('a b c d', { channel })).toHaveLength(1);
      const injected = { channel: "search' or true --", author: "' or '1'='1" };
      expect(await find('robert', injected)).toEqual([]);
      expect(await find('robert', { channel, author: "' or '1'='1" })).toEqual([]);
    });

    it('marks what was found in pieces of the text as it is', async () => {
      const bodies = [
        'Crème brûlée & <b>crepes</b>, creme brulee',
        'עברית: שָׁלוֹם עולם, hello',
        `👩‍👩‍👧 needle ${'🎈'.repeat(300)} 👧🏽 end`,
      ];
      const channel = await indexed(...bodies);
      const excerpt = async (q: string) => (await page(q, { channel })).hits[0]?.excerpt ?? [];
      const matches = async (q: string) =>
        (await excerpt(q)).filter(({ match }) => match).map(({ text }) => text);
      expect(await matches('"creme brulee"')).toEqual(['Crème brûlée', 'creme brulee']);
      expect((await excerpt('crep')).map(({ text }) => text).join('')).toBe(bodies[0]);
      expect(await matches('crep')).toEqual(['crepes']);
      expect(await matches('שלום')).toEqual(['שָׁלוֹם']);
      expect((await excerpt('שלום')).map(({ text }) => text).join('')).toBe(bodies[1]);
      const long = await excerpt('needle');
      expect(long[1]).toEqual({ text: 'needle', match: true });
      expect(long.at(-1)).toEqual({ text: '…' });
      for (const { text } of long) expect(text.isWellFormed()).toBe(true);
      // A person is not cut out of a family, nor a skin from a hand.
      expect(await matches('👧')).toContain('👩‍👩‍👧');
      expect((await excerpt('end')).at(0)).toEqual({ text: '…' });
      expect(await matches('end')).toEqual(['end']);
    });

    it('ranks what says it more before what says it once, and the new before the old', async () => {
      const channel = await indexed(
        'tuning the piano took a while, and then some more, and in the end nobody played',
        'tuning tuning tuning',
        'about tuning and nothing else at all, but longer than the others here',
      );
      expect((await find('tuning', { channel }))[0]).toBe('tuning tuning tuning');
      const aged = newChannel('search');
      await say(aged, 'tuning one', 'tuning two', 'tuning two');
      await store().hands.age(aged, 1, 60 * DAY_MS);
      await indexAll();
      const { hits } = await page('tuning', { channel: aged });
      expect(hits.map(({ message }) => message.seq)).toEqual([3, 2, 1]);
    });

    it('is of one channel, one author, or before a time', async () => {
      const channel = newChannel('search');
      await say(channel, 'filtered one');
      await store().history.append([
        draft(channel, 'filtered two', { author: { id: 'eve', name: 'Eve' } }),
        draft(channel, 'filtered three'),
      ]);
      await store().hands.age(channel, 1, 2 * DAY_MS);
      await indexAll();
      const other = await indexed('filtered elsewhere');
      expect((await find('filtered')).length).toBe(4);
      expect(await find('filtered', { channel: other })).toEqual(['filtered elsewhere']);
      expect(await find('filtered', { author: 'eve' })).toEqual(['filtered two']);
      expect(await find('filtered', { before: Date.now() - DAY_MS })).toEqual(['filtered one']);
      expect(await find('filtered', { channel: newChannel('nobody') })).toEqual([]);
    });

    it('is paged without doubles or holes while messages are posted', async () => {
      const channel = newChannel('search');
      await say(channel, ...range(1, 95).map((n) => `${'paged '.repeat((n % 7) + 1)} ${n}`));
      await indexAll();
      const all = await follow('paged', { channel, limit: 200 });
      expect(all.length).toBe(95);
      let posted = 0;
      const seen = await follow('paged', { channel, limit: 10 }, async () => {
        posted += 1;
        await say(channel, `paged paged paged paged paged paged paged ${posted}`);
        await indexAll();
      });
      expect(posted).toBeGreaterThan(5);
      expect(seen).toEqual(all);
    });

    it('is paged on from window to window', async () => {
      const channel = newChannel('search');
      await say(channel, ...range(1, 2_300).map((n) => `windows ${n} ${n % 5 === 0 ? 'windows' : ''}`));
      await indexAll();
      const seen = await follow('windows', { channel, limit: 190 }, async () => {
        await say(channel, 'windows windows windows');
      });
      expect(new Set(seen).size).toBe(2_300);
      expect(seen.length).toBe(2_300);
    });

    it('finds in private channels for their members and moderators alone', async () => {
      const [secret, open] = [newChannel('secret'), newChannel('search')];
      const owner = { id: 'ada', name: 'Ada' };
      await store().history.access.create(
        { channel: secret, visibility: 'private', topic: '', members: [] },
        owner,
      );
      await say(secret, 'plans hidden');
      await say(open, 'plans open');
      await indexAll();
      const as = (scope: Partial<ReadScope>) => find('plans', { scope: { ...ANYWHERE, ...scope } });
      expect(await as({})).toEqual(['plans open']);
      expect(await as({ person: undefined })).toEqual(['plans open']);
      expect((await as({ person: 'ada' })).sort()).toEqual(['plans hidden', 'plans open']);
      expect((await as({ moderate: ['*'] })).length).toBe(2);
      expect((await as({ moderate: ['secret-*'] })).length).toBe(2);
      expect(await as({ moderate: ['search-*'] })).toEqual(['plans open']);
      expect(await as({ subscribe: [] })).toEqual([]);
      expect(await as({ subscribe: ['secret-*'] })).toEqual([]);
      expect(await as({ subscribe: ['secret-*'], person: 'ada' })).toEqual(['plans hidden']);
      // Only the star stands for others.
      expect(await as({ subscribe: [open.replace('-', '_')] })).toEqual([]);
      expect(await as({ subscribe: [open] })).toEqual(['plans open']);
    });

    it('finds an edited message by its new text alone', async () => {
      const channel = await indexed('before the edit', 'another');
      expect(await find('before', { channel })).toEqual(['before the edit']);
      await change({ type: 'edit', channel, target: 1, body: 'after the change', author: ADA });
      await change({ type: 'edit', channel, target: 1, body: 'after the second change', author: ADA });
      await indexAll();
      expect(await find('before', { channel })).toEqual([]);
      expect(await find('after', { channel })).toEqual(['after the second change']);
      // Not yet indexed when it was edited.
      await say(channel, 'draft');
      await change({ type: 'edit', channel, target: 5, body: 'final', author: ADA });
      await indexAll();
      expect([await find('draft', { channel }), await find('final', { channel })]).toEqual([[], ['final']]);
    });

    it('has nothing of a deleted message, from the moment of its deletion', async () => {
      const channel = await indexed('erased one', 'erased two');
      await say(channel, 'erased three');
      await change({ type: 'delete', channel, target: 1, author: ADA });
      await change({ type: 'delete', channel, target: 3, author: ADA });
      expect(await entries(channel)).toBe(1);
      expect(await find('erased', { channel })).toEqual(['erased two']);
      await indexAll();
      expect(await entries(channel)).toBe(1);
      expect(await find('erased', { channel })).toEqual(['erased two']);
    });

    it('has nothing of what is deleted while it is being indexed', async () => {
      for (const turn of range(1, 15)) {
        const channel = newChannel('raced');
        await say(channel, ...range(1, 5).map((n) => `raced ${turn} ${n}`));
        const deletions = range(1, 5).map((target) =>
          change({ type: 'delete', channel, target, author: ADA }),
        );
        await Promise.all([store().history.search.index(), ...deletions, store().history.search.index()]);
        expect(await entries(channel)).toBe(0);
      }
    });

    it('does not find what retention has dropped', async () => {
      const channel = await indexed('dropped one', 'dropped two');
      await store().history.retain({ channel, maxCount: 1 });
      expect(await find('dropped', { channel })).toEqual(['dropped two']);
      expect(await entries(channel)).toBe(1);
    });
  });

  describe('indexing', () => {
    it('takes channels in turns, in bounded steps, and ends at rest', async () => {
      await indexAll();
      const channels = range(1, 70).map(() => newChannel('many'));
      await store().history.append(channels.map((channel) => draft(channel, `turns ${channel}`)));
      const long = newChannel('long');
      await say(long, ...range(1, 1_500).map((n) => `turns ${n}`));
      let messages = 0;
      for (let turn = 0; turn < 200; turn++) {
        const done = await store().history.search.index();
        expect(done.messages).toBeLessThanOrEqual(300);
        messages += done.messages;
        if (!done.more) break;
      }
      expect(messages).toBe(1_570);
      expect(await store().history.search.index()).toEqual({ messages: 0, behind: 0, more: false });
    });

    it('goes by bytes too, and takes the longest text there may be', async () => {
      await indexAll();
      const channel = newChannel('search');
      const long = (n: number) => `${'word '.repeat(13_000)}${n}`;
      await say(channel, ...range(1, 12).map(long));
      const first = await store().history.search.index();
      expect(first.messages).toBeLessThan(12);
      expect(first.behind).toBe(12 - first.messages);
      await say(
        channel,
        range(1, 9_000)
          .map((n) => n.toString(36))
          .join(' ')
          .slice(-MAX_SEARCHED_LENGTH),
        '字'.repeat(20_000),
      );
      await indexAll();
      expect((await page('word ', { channel })).hits.length).toBe(12);
      expect((await page('6y0 ', { channel })).hits.length).toBe(1);
      expect((await page('字字', { channel })).hits.length).toBe(1);
    });

    it('takes the beginning of a long text, and an excerpt is of what was found', async () => {
      const channel = newChannel('search');
      const filler = (length: number) => 'filler '.repeat(length / 7);
      const far = `${filler(MAX_SEARCHED_LENGTH - 400)}needle in here ${filler(40_000)}tail`;
      await say(channel, far, `${filler(60_000)}needle`, 'needle');
      await indexAll();
      const { hits } = await page('needle ', { channel });
      expect(hits.map(({ message }) => message.seq).sort()).toEqual([1, 3]);
      const found = hits.find(({ message }) => message.seq === 1)?.excerpt ?? [];
      expect(found.filter(({ match }) => match)).toEqual([{ text: 'needle', match: true }]);
      expect(await find('tail ', { channel })).toEqual([]);
    });

    it('of long texts in many channels ends a turn at some bytes, and leaves none out', async () => {
      await indexAll();
      const channels = range(1, 40).map(() => newChannel('heavy'));
      await store().history.append(channels.map((name) => draft(name, 'heavy '.repeat(5_000))));
      const first = await store().history.search.index();
      expect(first.messages).toBeGreaterThan(0);
      expect(first.messages).toBeLessThan(10);
      expect(first.more).toBe(true);
      await indexAll();
      for (const channel of channels) {
        expect((await page('heavy ', { channel })).hits.length, channel).toBe(1);
      }
    });

    it('of long texts that were edited ends a turn at some bytes, too', async () => {
      const channel = newChannel('edited');
      await say(channel, ...range(1, 40).map((n) => `short ${n}`));
      await indexAll();
      for (const target of range(1, 40))
        await change({ type: 'edit', channel, target, author: ADA, body: 'longer '.repeat(5_000) });
      const first = await store().history.search.index();
      expect(first.messages).toBeGreaterThan(0);
      expect(first.messages).toBeLessThan(10);
      await indexAll();
      expect((await page('longer ', { channel, limit: 50 })).hits.length).toBe(40);
    });

    it('by several at once does each message once', async () => {
      await indexAll();
      const channels = range(1, 40).map(() => newChannel('shared'));
      for (const _ of range(1, 20))
        await store().history.append(channels.map((name) => draft(name, 'shared')));
      let messages = 0;
      const work = async () => {
        for (let turn = 0; turn < 200; turn++) {
          const done = await store().history.search.index();
          messages += done.messages;
        }
      };
      await Promise.all([work(), work(), work()]);
      await indexAll();
      expect(messages).toBe(800);
      expect(new Set(await follow('shared', { limit: 100 })).size).toBe(800);
    });
  });
}
