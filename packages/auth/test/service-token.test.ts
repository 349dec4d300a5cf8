import { afterEach, expect, it, vi } from 'vitest';
import { openAuthenticator } from '../src/index.ts';
import { createServiceTokens } from '../src/service-token.ts';

const SECRET = 'a secret of some length';
const services = createServiceTokens(SECRET);
const bot = {
  author: { id: 'hello-bot', name: 'hello-bot' },
  grants: { subscribe: [], publish: ['hello'], moderate: [] },
};

afterEach(() => {
  vi.useRealTimers();
});

it('a part of Carillon is known by its token, with what it may, in every mode', async () => {
  const token = services.issue(bot);
  expect(services.read(token)).toEqual({ kind: 'service', ...bot });
  for (const mode of ['open', 'jwt', 'oidc'] as const) {
    const auth = openAuthenticator({ mode, sessionSecret: SECRET, tokens: { secret: 'x'.repeat(32) } });
    expect(await auth.identify({ authorization: `Bearer ${token}` })).toEqual({ kind: 'service', ...bot });
  }
});

it('a bot has a name without what is not seen', () => {
  const named = (name: string) =>
    services.read(services.issue({ ...bot, author: { id: 'bot', name } }))?.author.name;
  expect(named('\u202ehello\u200b-bot\u3164')).toBe('hello-bot');
  expect(named('\u2800')).toBe('Somebody');
});

it('a token is void after a minute', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const token = services.issue(bot);
  vi.advanceTimersByTime(59_000);
  expect(services.read(token)).toBeDefined();
  vi.advanceTimersByTime(1_000);
  expect(services.read(token)).toBeUndefined();
});

it('a token of another secret, one that was changed, and a cookie of the same secret are void', () => {
  const token = services.issue(bot);
  expect(createServiceTokens('another secret, as long').read(token)).toBeUndefined();
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(services.read(token.slice(0, at) + other + token.slice(at + 1)), `${at}`).toBeUndefined();
  }
  const { sessions } = openAuthenticator({ mode: 'open', sessionSecret: SECRET });
  const value = /=([^;]+)/.exec(sessions.issueGuest('Ada', false).cookie)?.[1];
  expect(services.read(`carillon.${value}`)).toBeUndefined();
  expect(sessions.read(`carillon_session=${token.slice('carillon.'.length)}`, false)).toBeUndefined();
});
