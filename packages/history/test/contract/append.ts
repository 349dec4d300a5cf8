import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import type { Draft } from '../../src/index.ts';
import { bodiesOf, draft, newChannel, range, type Store, seqsOf } from './store.ts';

const TEXTS = [
  'plain',
  ' spaces kept \t',
  'lines\nof\r\nall\rkinds\u2028\u2029',
  `'quotes' "double" \\back\\ {braces} , NULL {NULL} $1 ; -- /*`,
  'NULL',
  'é e\u0301 ñ ß Ω ж 中文 日本語 한국어',
  'שלום \u202eעולם\u202c مرحبا',
  '👩‍👩‍👧‍👦 🏳️‍🌈 🇺🇳 𝕳𝖎',
  '\u0001\u001f\u007f\u0080\ufeff\ufffd\uffff\u{10ffff}',
  '\ufeffbegins with a byte order mark',
  '\ufeff\ufeff',
  'x'.repeat(64 * 1024),
  '界'.repeat(20_000),
];

export function appendContract(store: () => Store): void {
  const append = (...drafts: Draft[]) => store().history.append(drafts);
  const all = (channel: string) => store().history.after(channel, 0, 10_000);

  describe('append', () => {
    it('numbers the events of each channel 1, 2, 3 … in the order given', async () => {
      const [a, b] = [newChannel(), newChannel()];
      const first = await append(draft(a, 'a1'), draft(b, 'b1'), draft(a, 'a2'));
      const second = await append(draft(b, 'b2'), draft(a, 'a3'));
      expect(
        [...first, ...second].map((answer) => answer.outcome === 'created' && answer.message.seq),
      ).toEqual([1, 1, 2, 2, 3]);
      expect(bodiesOf(await all(a))).toEqual(['a1', 'a2', 'a3']);
    });

    it('answers with the message as it is read later', async () => {
      const channel = newChannel();
      const [plain, full] = await append(
        draft(channel, 'plain'),
        draft(channel, 'full', { author: { id: 'bob', name: 'Bob "Ω"' }, replyTo: 1, key: 'k' }),
      );
      const createdAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(plain).toEqual({
        outcome: 'created',
        message: { channel, seq: 1, author: { id: 'ada', name: 'Ada' }, body: 'plain', createdAt },
      });
      expect(full).toMatchObject({ outcome: 'created', message: { seq: 2, replyTo: 1, key: 'k' } });
      expect(await all(channel)).toEqual(
        [plain, full].map((answer) => (answer as { message: unknown }).message),
      );
    });

    it('takes an empty batch', async () => {
      expect(await append()).toEqual([]);
    });

    it.each(TEXTS.map((text) => [JSON.stringify(text).slice(0, 40), text]))('keeps %s', async (_, body) => {
      const channel = newChannel();
      await append(
        draft(channel, body, { author: { id: body.slice(0, 9), name: body.slice(0, 9) }, key: 'k' }),
      );
      expect(await all(channel)).toMatchObject([
        { body, author: { id: body.slice(0, 9), name: body.slice(0, 9) } },
      ]);
    });

    it('keeps any text that has neither U+0000 nor half a surrogate pair', async () => {
      const channel = newChannel();
      let seq = 0;
      const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((body) => !body.includes('\0'));
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 6 }), async (bodies) => {
          await append(...bodies.map((body) => draft(channel, body)));
          const stored = await store().history.after(channel, seq, bodies.length);
          seq += bodies.length;
          expect(bodiesOf(stored)).toEqual(bodies);
        }),
        { numRuns: propertyRuns(8, 25) },
      );
    });

    it('stores all of a batch or nothing', async () => {
      const [a, b] = [newChannel(), newChannel()];
      await append(draft(a, 'before'));
      const body = 'what the store fails at';
      await store().hands.refuse({ body }, () =>
        expect(append(draft(a, 'fine'), draft(b, body))).rejects.toThrow(),
      );
      expect(await append(draft(a, 'after'))).toMatchObject([{ message: { seq: 2 } }]);
      expect(await all(b)).toEqual([]);
    });

    it('leaves no hole and does not deadlock when batches that share channels run at once', async () => {
      const channels = Array.from({ length: 4 }, () => newChannel());
      const batches = Array.from({ length: 40 }, (_, index) => {
        const drafts = channels.map((channel) => draft(channel, `${index}`));
        return append(...(index % 2 === 0 ? drafts : drafts.reverse()));
      });
      await Promise.all(batches);
      for (const channel of channels) expect(seqsOf(await all(channel))).toEqual(range(1, 40));
    });

    it('never lets time run backwards along a log', async () => {
      const channel = newChannel();
      await append(draft(channel, 'before the clock was set back'));
      await store().hands.age(channel, 1, -3_600_000);
      const [before] = await all(channel);
      expect(Date.parse(before?.createdAt ?? '')).toBeGreaterThan(Date.now());
      expect(await append(draft(channel, 'after'))).toMatchObject([
        { message: { createdAt: before?.createdAt } },
      ]);
    });
  });

  describe('a key', () => {
    const key = 'key-1';

    it('names one message: the same again is answered with the first', async () => {
      const channel = newChannel();
      const [first] = await append(draft(channel, 'once', { key, replyTo: 7 }));
      const again = await append(
        draft(channel, 'once', { key, replyTo: 7, author: { id: 'ada', name: 'Ada L.' } }),
      );
      expect(again).toEqual([{ ...first, outcome: 'repeated' }]);
      expect(await all(channel)).toHaveLength(1);
    });

    it('is in conflict where the body or the reply differs, and nothing is stored', async () => {
      const channel = newChannel();
      await append(draft(channel, 'once', { key }));
      expect(await append(draft(channel, 'other', { key }))).toEqual([{ outcome: 'conflict' }]);
      expect(await append(draft(channel, 'once', { key, replyTo: 1 }))).toEqual([{ outcome: 'conflict' }]);
      expect(await all(channel)).toHaveLength(1);
    });

    it('is its author’s own, in one channel', async () => {
      const [a, b] = [newChannel(), newChannel()];
      const other = { id: 'bob', name: 'Bob' };
      const answers = await append(
        draft(a, 'one', { key }),
        draft(a, 'two', { key, author: other }),
        draft(b, 'three', { key }),
        draft(a, 'four', { key: 'key-2' }),
      );
      expect(answers.map(({ outcome }) => outcome)).toEqual(Array(4).fill('created'));
    });

    it('in another scope names another message, and nobody is told of scopes', async () => {
      const channel = newChannel();
      const [one, two] = [
        { key, keyScope: 'one' },
        { key, keyScope: 'two' },
      ];
      const first = await append(
        draft(channel, 'once', one),
        draft(channel, 'twice', two),
        draft(channel, 'all', { key }),
      );
      expect(first.map(({ outcome }) => outcome)).toEqual(Array(3).fill('created'));
      const again = await append(
        draft(channel, 'twice', two),
        draft(channel, 'once', one),
        draft(channel, 'all', { key }),
        draft(channel, 'other', one),
      );
      expect(again).toMatchObject([
        { outcome: 'repeated', message: { seq: 2, key } },
        { outcome: 'repeated', message: { seq: 1, key } },
        { outcome: 'repeated', message: { seq: 3, key } },
        { outcome: 'conflict' },
      ]);
      const told = [...first, ...again].flatMap((each) =>
        each.outcome === 'conflict' ? [] : [each.message.key],
      );
      expect(new Set(told)).toEqual(new Set([key]));
      expect(await all(channel)).toMatchObject([{ key }, { key }, { key }]);
      expect(JSON.stringify(await all(channel))).not.toContain('one');
    });

    it('is settled within a batch, in the order given', async () => {
      const channel = newChannel();
      const answers = await append(
        draft(channel, 'once', { key }),
        draft(channel, 'other', { key }),
        draft(channel, 'once', { key }),
        draft(channel, 'free'),
      );
      expect(answers).toMatchObject([
        { outcome: 'created', message: { seq: 1 } },
        { outcome: 'conflict' },
        { outcome: 'repeated', message: { seq: 1 } },
        { outcome: 'created', message: { seq: 2 } },
      ]);
    });

    it('that was used leaves the rest of its batch to be stored, without a hole', async () => {
      const [a, b] = [newChannel(), newChannel()];
      await append(draft(a, 'once', { key }), draft(b, 'once', { key: 'key-2' }));
      const answers = await append(
        draft(a, 'new 1'),
        draft(a, 'other', { key }),
        draft(b, 'once', { key: 'key-2' }),
        draft(a, 'once', { key }),
        draft(a, 'new 2', { key: 'key-3' }),
      );
      expect(answers).toMatchObject([
        { outcome: 'created', message: { seq: 2 } },
        { outcome: 'conflict' },
        { outcome: 'repeated', message: { seq: 1 } },
        { outcome: 'repeated', message: { seq: 1 } },
        { outcome: 'created', message: { seq: 3 } },
      ]);
      expect(seqsOf(await all(a))).toEqual([1, 2, 3]);
      expect(seqsOf(await all(b))).toEqual([1]);
    });

    it('used by batches that run at once is stored by one of them', async () => {
      const channel = newChannel();
      const batches = Array.from({ length: 10 }, (_, index) =>
        append(draft(channel, `${index}`), draft(channel, 'once', { key })),
      );
      const answers = (await Promise.all(batches)).map(([, keyed]) => keyed);
      expect(answers.filter((answer) => answer?.outcome === 'created')).toHaveLength(1);
      expect(answers.filter((answer) => answer?.outcome === 'repeated')).toHaveLength(9);
      expect(seqsOf(await all(channel))).toEqual(range(1, 11));
    });
  });
}
