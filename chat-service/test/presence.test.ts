import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;

beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

async function session(name: string): Promise<Record<string, string>> {
  const taken = await chat.request({ method: 'POST', path: '/v1/session', json: { name } });
  return { Cookie: taken.headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
}

describe('who types on a channel', () => {
  const type = (channel: string, headers: Record<string, string> = {}) =>
    chat.request({ method: 'POST', path: `/v1/channels/${channel}/typing`, headers });

  it('is told to those who follow', async () => {
    const heard: string[] = [];
    const end = chat.presence.followTyping((channel, { name }) => heard.push(`${channel} ${name}`));
    const answer = await type('lobby', await session('Ada'));
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(heard).toEqual(['lobby Ada']);
    end();
  });

  it('is nobody without a session', async () => {
    const answer = await type('lobby');
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated']);
  });

  it('is nobody whom another site makes type', async () => {
    const answer = await type('lobby', { ...(await session('Ada')), Origin: 'https://evil.example' });
    expect(answer.json.code).toBe('forbidden');
  });

  it('is a problem for a name that no channel can have', async () => {
    expect((await type('Lobby!', await session('Ada'))).status).toBe(422);
  });
});

describe('who is on a channel', () => {
  it('is told by its URL', async () => {
    chat.presence.join('lobby', { id: 'ada', name: '<b>Ada</b>' });
    chat.presence.join('lobby', undefined);
    const answer = await chat.request({ path: '/v1/channels/lobby/presence' });
    expect([answer.status, answer.json]).toEqual([
      200,
      { channel: 'lobby', count: 1, anonymous: 1, people: [{ id: 'ada', name: '<b>Ada</b>' }] },
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('is nobody on a channel that is not read', async () => {
    const answer = await chat.request({ path: '/v1/channels/empty/presence' });
    expect(answer.json).toEqual({ channel: 'empty', count: 0, anonymous: 0, people: [] });
  });

  it('is a problem for a name that no channel can have', async () => {
    expect((await chat.request({ path: '/v1/channels/Lobby!/presence' })).status).toBe(422);
  });

  it('is a problem with Retry-After where it cannot be known', async () => {
    await chat.presence.close();
    const answer = await chat.request({ path: '/v1/channels/lobby/presence' });
    expect([answer.status, answer.json]).toMatchObject([503, { code: 'presence_away' }]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});
