import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;
const cookies: Record<string, string> = {};
beforeAll(async () => {
  chat = await startChat();
  for (const name of ['Ada', 'Bob']) {
    const { headers } = await chat.request({ method: 'POST', path: '/v1/session', json: { name } });
    cookies[name] = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  }
});
afterAll(() => chat.close());

const as = (name: string) => ({ Cookie: cookies[name] ?? '' });
const post = (channel: string, body: string, name = 'Ada') =>
  chat.request({ method: 'POST', path: `/c/${channel}`, body, headers: as(name) });
const read = (channel: string, json: unknown, headers: Record<string, string> = as('Bob')) =>
  chat.request({ method: 'PUT', path: `/v1/channels/${channel}/read`, json, headers });
const entry = async (channel: string, headers: Record<string, string> = as('Bob')) => {
  const { json } = await chat.request({ path: '/v1/channels?limit=200', headers });
  return json.channels.find((each: { channel: string }) => each.channel === channel);
};

describe('PUT /v1/channels/{channel}/read', () => {
  it('moves the caller’s cursor forward, and answers what is left', async () => {
    for (const body of ['1', '2', '3']) await post('moved', body);
    const answer = await read('moved', { seq: 2 });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ channel: 'moved', seq: 2, unread: 1, mentions: 0 });
    expect((await read('moved', { seq: 1 })).json).toMatchObject({ seq: 2, unread: 1 });
    expect((await read('moved', { seq: 3 }, as('Ada'))).json).toMatchObject({ seq: 3, unread: 0 });
    expect((await read('moved', { seq: 0 })).json).toMatchObject({ seq: 2, unread: 1 });
  });

  it('refuses a seq that is not there yet, and says which is', async () => {
    await post('short', '1');
    const answer = await read('short', { seq: 2 });
    expect([answer.status, answer.json.errors]).toEqual([
      422,
      [{ field: 'seq', detail: "must be at most 1, the channel's newest" }],
    ]);
    for (const seq of [-1, 1.5, '1', null, 2 ** 60]) expect((await read('short', { seq })).status).toBe(422);
    expect((await read('short', { seq: 1, more: 1 })).status).toBe(422);
    expect((await read('short', {})).status).toBe(422);
  });

  it('needs a channel, and somebody whose cursor it is', async () => {
    expect((await read('nobody', { seq: 0 })).json.code).toBe('not_found');
    await post('whose', '1');
    expect((await read('whose', { seq: 1 }, {})).json.code).toBe('unauthenticated');
    const forged = await read('whose', { seq: 1 }, { ...as('Bob'), Origin: 'https://elsewhere.example' });
    expect(forged.json.code).toBe('forbidden');
  });
});

describe('mentions', () => {
  it('are counted by the caller’s handle until they are read', async () => {
    await post('called', 'hello @Bob');
    await post('called', 'hello @eve');
    expect(await entry('called')).toMatchObject({ unread: 2, mentions: 1 });
    expect((await read('called', { seq: 1 })).json).toEqual({
      channel: 'called',
      seq: 1,
      unread: 1,
      mentions: 0,
    });
  });
});

describe('a channel’s entry', () => {
  it('has its last message and how far the caller has read', async () => {
    await post('listed', 'first');
    await post('listed', 'x'.repeat(300));
    const { last, ...rest } = await entry('listed');
    expect(rest).toMatchObject({ channel: 'listed', head: 2, read: 0, unread: 2, mentions: 0 });
    expect(last).toMatchObject({ channel: 'listed', seq: 2, body: 'x'.repeat(200), author: { name: 'Ada' } });
    await read('listed', { seq: 2 });
    expect(await entry('listed')).toMatchObject({ read: 2, unread: 0 });
    expect(await entry('listed', as('Ada'))).toMatchObject({ read: 0, unread: 0 });
    const { json } = await chat.request({ path: '/v1/channels/listed', headers: as('Bob') });
    expect(json).toEqual(await entry('listed'));
  });

  it('says what the channel is about, who may read it, and whether it takes posts', async () => {
    await post('settled', 'x');
    const by = { id: 'mod', name: 'Mod' };
    await chat.history.access.configure('settled', { topic: '雪 and more', archived: true }, by);
    expect(await entry('settled')).toMatchObject({
      topic: '雪 and more',
      visibility: 'public',
      archived: true,
    });
    const { json } = await chat.request({ path: '/v1/channels/settled', headers: as('Bob') });
    expect(json).toEqual(await entry('settled'));
  });

  it('of a private channel is there for its members alone, and no link names it', async () => {
    const { json: bob } = await chat.request({ path: '/v1/session', headers: as('Bob') });
    const owner = { id: bob.id, name: 'Bob' };
    const names = ['zzz-secret-1', 'zzz-secret-2', 'zzz-secret-3'];
    for (const channel of names) {
      await chat.history.access.create({ channel, visibility: 'private', topic: '', members: [] }, owner);
      await chat.history.append([{ channel, author: owner, body: 'hidden words' }]);
    }
    await post('zzz-then', 'shown words');
    const listed = async (headers: Record<string, string>) => {
      const seen: string[] = [];
      let text = '';
      for (let at: string | null = '/v1/channels?limit=1'; at !== null; ) {
        const answer = await chat.request({ path: at, headers });
        seen.push(...answer.json.channels.map(({ channel }: { channel: string }) => channel));
        text += answer.text;
        at = answer.json.next;
      }
      return { seen: seen.filter((channel) => channel.startsWith('zzz')), text };
    };
    for (const headers of [as('Ada'), {}]) {
      const { seen, text } = await listed(headers);
      expect([seen, text.includes('secret')]).toEqual([['zzz-then'], false]);
      const { json } = await chat.request({ path: '/v1/channels/zzz-secret-1', headers });
      expect(json.code).toBe('not_found');
    }
    expect((await listed(as('Bob'))).seen).toEqual([...names, 'zzz-then']);
    expect((await read('zzz-secret-1', { seq: 1 }, as('Ada'))).json.code).toBe('not_found');
    expect((await read('zzz-secret-1', { seq: 1 }, as('Bob'))).status).toBe(200);

    const found = async (headers: Record<string, string>) => {
      const { json } = await chat.request({ path: '/v1/search?q=words', headers });
      return json.results.map(({ channel }: { channel: string }) => channel).sort();
    };
    await expect
      .poll(() => found(as('Bob')), { timeout: 20_000, interval: 100 })
      .toEqual([...names, 'zzz-then']);
    for (const headers of [as('Ada'), {}]) {
      expect(await found(headers)).toEqual(['zzz-then']);
      const path = '/v1/search?q=words&channel=zzz-secret-1';
      expect((await chat.request({ path, headers })).json.code).toBe('not_found');
    }
  });

  it('has no counts for who has no session', async () => {
    await post('public', 'x');
    const found = await entry('public', {});
    expect(found).toMatchObject({ last: { body: 'x' } });
    expect(Object.keys(found)).not.toEqual(expect.arrayContaining(['unread']));
    expect(found.read).toBeUndefined();
  });
});
