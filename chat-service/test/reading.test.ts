import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningChat, startChat } from './start-chat.ts';

const LAST = 25;

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
  const author = { id: 'guest', name: 'Guest' };
  const bodies = Array.from({ length: LAST }, (_, index) => `${index + 1}`);
  await chat.history.append(bodies.map((body) => ({ channel: 'pages', author, body })));
  for (const channel of ['a', 'b-1', 'b_1', 'c']) await chat.history.append([{ channel, author, body: 'x' }]);
});
afterAll(() => chat.close());

const page = async (query: string) => {
  const answer = await chat.request({ path: `/v1/channels/pages/messages${query}` });
  expect(answer.status).toBe(200);
  const { messages, ...rest } = answer.json;
  return { ...rest, seqs: messages.map(({ seq }: { seq: number }) => seq), link: answer.headers.link };
};

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const path = (query: string) => `/v1/channels/pages/messages?${query}`;

describe('a page of messages', () => {
  it('is the newest without a place, oldest first', async () => {
    expect(await page('?limit=10')).toEqual({
      channel: 'pages',
      seqs: range(16, 25),
      head: LAST,
      earliest: 1,
      next: null,
      prev: path('before=16&limit=10'),
      link: `<${path('before=16&limit=10')}>; rel="prev"`,
    });
  });

  it('has both neighbours in the middle', async () => {
    expect(await page('?after=5&limit=10')).toMatchObject({
      seqs: range(6, 15),
      next: path('after=15&limit=10'),
      prev: path('before=6&limit=10'),
      link: `<${path('after=15&limit=10')}>; rel="next", <${path('before=6&limit=10')}>; rel="prev"`,
    });
  });

  it('has no older one at the beginning, and no newer one at the head', async () => {
    expect(await page('?before=6')).toMatchObject({
      seqs: range(1, 5),
      prev: null,
      next: path('after=5&limit=50'),
    });
    expect(await page('?after=20')).toMatchObject({ seqs: range(21, 25), next: null });
  });

  it('is empty before the first and behind the last, and says where to turn', async () => {
    expect(await page('?before=1')).toMatchObject({ seqs: [], prev: null, next: path('after=0&limit=50') });
    expect(await page('?after=25')).toMatchObject({ seqs: [], next: null, prev: path('before=26&limit=50') });
    expect(await page('?after=9007199254740991')).toMatchObject({
      seqs: [],
      next: null,
      prev: path('before=26&limit=50'),
    });
  });

  it('is followed by its links to every message once, both ways', async () => {
    for (const [start, link, expected] of [
      ['after=0&limit=7', 'next', range(1, 25)],
      ['limit=7', 'prev', range(1, 25).reverse()],
    ] as const) {
      const seen: number[] = [];
      for (let at: string | null = path(start), count = 0; at !== null && count < 10; count++) {
        const answer = await chat.request({ path: at });
        const seqs = answer.json.messages.map(({ seq }: { seq: number }) => seq);
        seen.push(...(link === 'next' ? seqs : seqs.reverse()));
        at = answer.json[link];
      }
      expect(seen).toEqual(expected);
    }
  });

  it('of a channel nobody posted to is empty', async () => {
    const answer = await chat.request({ path: '/v1/channels/nobody/messages' });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      channel: 'nobody',
      messages: [],
      head: 0,
      earliest: 1,
      next: null,
      prev: null,
    });
    expect(answer.headers.link).toBeUndefined();
  });

  it('begins at the oldest that retention has left', async () => {
    const author = { id: 'guest', name: 'Guest' };
    await chat.history.append(range(1, 10).map((n) => ({ channel: 'short', author, body: `${n}` })));
    await chat.history.retain({ maxCount: 3 });
    const answer = await chat.request({ path: '/v1/channels/short/messages?after=0' });
    expect(answer.json.messages.map(({ seq }: { seq: number }) => seq)).toEqual([8, 9, 10]);
    expect(answer.json).toMatchObject({ head: 10, earliest: 8, prev: null, next: null });
    expect((await chat.request({ path: '/v1/channels/short/messages/7' })).status).toBe(404);
  });
});

describe('one message', () => {
  it('is found by its seq, and 404 where it is not', async () => {
    expect((await chat.request({ path: '/v1/channels/a/messages/1' })).json).toMatchObject({
      channel: 'a',
      seq: 1,
      body: 'x',
    });
    expect((await chat.request({ path: '/v1/channels/a/messages/2' })).status).toBe(404);
    expect((await chat.request({ path: '/v1/channels/nobody/messages/1' })).json.code).toBe('not_found');
  });
});

describe('the list of channels', () => {
  it('is by name and followed by its links to each once', async () => {
    const seen: string[] = [];
    let at: string | null = '/v1/channels?limit=2';
    for (let count = 0; at !== null && count < 10; count++) {
      const answer = await chat.request({ path: at });
      seen.push(...answer.json.channels.map(({ channel }: { channel: string }) => channel));
      at = answer.json.next;
      expect(answer.headers.link).toBe(at === null ? undefined : `<${at}>; rel="next"`);
    }
    const names = ['a', 'b-1', 'b_1', 'c', 'pages', 'short'];
    expect(seen).toEqual(names);
    expect((await chat.request({ path: '/v1/channels' })).json).toMatchObject({ next: null });
  });

  it('says of one channel how far it has come, and 404 where nobody posted', async () => {
    const answer = await chat.request({ path: '/v1/channels/a' });
    const last = await chat.history.get('a', 1);
    expect(answer.json).toEqual({
      channel: 'a',
      head: 1,
      earliest: 1,
      lastAt: last?.createdAt,
      visibility: 'public',
      topic: '',
      archived: false,
      last,
    });
    expect((await chat.request({ path: '/v1/channels?limit=1' })).json.channels).toEqual([answer.json]);
    expect((await chat.request({ path: '/v1/channels/nobody' })).status).toBe(404);
  });
});
