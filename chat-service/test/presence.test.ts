import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;

beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

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
