import { expect } from 'vitest';
import { good, hs256, SECRET } from '../../packages/auth/test/tokens.ts';
import { lentDatabase } from '../servers/lent.ts';
import { startTarget, type Target } from './target.ts';

export type TwoNodes = [Target, Target];

/** Two that have nothing in common but a store and a secret. */
export async function startTwoNodes(more: Record<string, string> = {}): Promise<TwoNodes> {
  const env = {
    AUTH: 'jwt',
    JWT_SECRET: SECRET,
    HISTORY_URL: await lentDatabase(),
    SESSION_SECRET: 'a secret that both nodes have',
    ...more,
  };
  return [await startTarget(env), await startTarget(env)];
}

/** Starts a session at one node, reads a stream with it at the other, and ends it. Returns how long the stream went on, ms. */
export async function endSession([one, other]: TwoNodes, jti: string): Promise<number> {
  const made = await one.call('POST', '/v1/session', {
    Authorization: `Bearer ${await hs256(good({ jti }))}`,
  });
  const cookie = made.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const stream = await fetch(`${other.url}/v1/channels/lobby/stream`, { headers: { Cookie: cookie } });
  const reading = stream.text();
  const out = await one.call('DELETE', '/v1/session', { Cookie: cookie });
  const since = performance.now();
  expect(out.status).toBe(200);
  expect(await reading).toMatch(/event: denied\ndata: {"reason":"revoked"/);
  const endedAfter = performance.now() - since;
  for (const node of [one, other]) {
    const answer = await node.call('GET', '/v1/channels/lobby/messages', { Cookie: cookie });
    expect(answer.code).toBe('unauthenticated');
  }
  return endedAfter;
}
