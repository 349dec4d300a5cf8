import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningChat, startChat } from './start-chat.ts';

/** The indexer runs each second; a crowded machine takes longer. */
const WITHIN = { timeout: 20_000, interval: 100 };

interface Result {
  channel: string;
  seq: number;
  excerpt: { text: string; match?: true }[];
}

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

const search = (parameters: Record<string, string>) =>
  chat.request({ path: `/v1/search?${new URLSearchParams(parameters)}` });
const bodies = async (q: string, more: Record<string, string> = {}) => {
  const { json } = await search({ q, ...more });
  return json.results.map(({ excerpt }: Result) => excerpt.map(({ text }) => text).join(''));
};
const post = (channel: string, body: string) => chat.request({ method: 'POST', path: `/c/${channel}`, body });
const indexed = (q: string, count: number) =>
  expect.poll(async () => (await search({ q, limit: '50' })).json.results.length, WITHIN).toBe(count);

describe('GET /v1/search', () => {
  it('finds what was posted, with what matches marked in the text as it is', async () => {
    await post('kitchen', 'The <b>crème brûlée</b> is ready');
    await post('kitchen', 'Nothing of the kind');
    await indexed('brulee', 1);
    const { status, json } = await search({ q: 'creme brulee' });
    expect(status).toBe(200);
    expect(json).toEqual({
      results: [
        {
          channel: 'kitchen',
          seq: 1,
          author: { id: 'guest', name: 'Guest' },
          createdAt: expect.any(String),
          excerpt: [
            { text: 'The <b>' },
            { text: 'crème', match: true },
            { text: ' ' },
            { text: 'brûlée', match: true },
            { text: '</b> is ready' },
          ],
        },
      ],
      next: null,
    });
    expect(await bodies('"brulee creme"')).toEqual([]);
    expect(await bodies('brulee', { channel: 'elsewhere' })).toEqual([]);
    expect(await bodies('brulee', { author: 'guest', before: '2020-01-01T00:00:00Z' })).toEqual([]);
  });

  it('is followed by its links to each result once, while others post', async () => {
    for (let n = 1; n <= 12; n++) await post('paged', `${'leaf '.repeat(1 + (n % 3))} ${n}`);
    await indexed('leaf', 12);
    const seen: number[] = [];
    let at: string | null = '/v1/search?q=leaf+&channel=paged&limit=5';
    for (let count = 0; at !== null && count < 10; count++) {
      const { json, headers } = await chat.request({ path: at });
      seen.push(...json.results.map(({ seq }: Result) => seq));
      at = json.next;
      expect(headers.link).toBe(at === null ? undefined : `<${at}>; rel="next"`);
      await post('paged', 'leaf leaf leaf leaf');
      await chat.history.search.index();
    }
    expect(seen.length).toBe(12);
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  it('refuses what cannot be looked for, and says why', async () => {
    const refused = async (parameters: Record<string, string>) => {
      const { status, json } = await search(parameters);
      return [status, json.errors?.map(({ field }: { field: string }) => field)];
    };
    expect(await refused({})).toEqual([422, ['q']]);
    expect(await refused({ q: '' })).toEqual([422, ['q']]);
    expect(await refused({ q: '-without' })).toEqual([422, ['q']]);
    expect(await refused({ q: '... !?' })).toEqual([422, ['q']]);
    expect(await refused({ q: 'x'.repeat(257) })).toEqual([422, ['q']]);
    expect(await refused({ q: 'word '.repeat(30) })).toEqual([422, ['q']]);
    expect(await refused({ q: 'x', limit: '51', channel: 'No', before: 'yesterday', cursor: 'x' })).toEqual([
      422,
      ['channel', 'before', 'limit', 'cursor'],
    ]);
    const forged = Buffer.from('[1,[1,2,3],[1,2],null,null]').toString('base64url');
    expect(await refused({ q: 'x', cursor: forged })).toEqual([422, ['cursor']]);
  });

  it('takes any text as words', async () => {
    for (const q of ["'; drop table events; --", 'a & | ! <-> :*', '\\ " \\"', '%_', "x' or 'x'='x", '🎉']) {
      const { status } = await search({ q: `word ${q}`, channel: 'kitchen' });
      expect([q, status]).toEqual([q, 200]);
    }
    expect((await chat.request({ path: '/v1/search?q=%00x' })).status).toBe(200);
    expect((await search({ q: 'x', author: 'a\0b' })).status).toBe(422);
  });

  it('does not find what checks post', async () => {
    const author = { id: 'checks', name: 'Checks' };
    await chat.history.append([
      { channel: 'carillon-checks', author, body: 'probe 1' },
      { channel: 'seen', author, body: 'probe 2' },
    ]);
    await indexed('probe', 1);
    expect(await bodies('probe')).toEqual(['probe 2']);
  });

  it('is counted', async () => {
    const metrics = await chat.registry.metrics();
    expect(metrics).toMatch(/carillon_search_indexed_total [1-9]/);
    expect(metrics).toMatch(/carillon_search_backlog_events \d/);
  });
});
