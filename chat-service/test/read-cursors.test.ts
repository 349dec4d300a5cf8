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

  it('has no counts for who has no session', async () => {
    await post('public', 'x');
    const found = await entry('public', {});
    expect(found).toMatchObject({ last: { body: 'x' } });
    expect(Object.keys(found)).not.toEqual(expect.arrayContaining(['unread']));
    expect(found.read).toBeUndefined();
  });
});
