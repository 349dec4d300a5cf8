import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { good, hs256 } from '../../packages/auth/test/tokens.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { endSession, startTwoNodes, type TwoNodes } from './two-nodes.ts';

const ADMIN_TOKEN = 'an-admin-token-of-two-nodes';

describe.runIf(postgresInstalled)('two nodes of one store', { timeout: 120_000 }, () => {
  let nodes: TwoNodes;
  const bearer = async (claims: JWTPayload) => ({ Authorization: `Bearer ${await hs256(good(claims))}` });

  beforeAll(async () => {
    nodes = await startTwoNodes({ ADMIN_TOKEN });
  });
  afterAll(async () => {
    for (const node of nodes ?? []) await node.close();
  });

  it('accept a ticket once between them, even when both are asked at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const issued = await nodes[0].call('POST', '/v1/tickets', await bearer({ jti: `round ${round}` }));
      const { ticket } = JSON.parse(issued.text);
      const path = `/v1/channels/lobby/stream?ticket=${ticket}`;
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => (nodes[index % 2] ?? nodes[0]).call('GET', path)),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 401)).toHaveLength(7);
      for (const node of nodes) expect((await node.call('GET', path)).status).toBe(401);
    }
  });

  it('know each other’s sessions, and end one everywhere', async () => {
    await endSession(nodes, 'session');
  });

  it('end the streams of a banned person on both nodes, and no other streams', async () => {
    const read = async (node: number, sub: string) => {
      const stream = await fetch(`${nodes[node as 0 | 1].url}/v1/channels/lobby/stream`, {
        headers: await bearer({ sub }),
      });
      expect(stream.status).toBe(200);
      return stream;
    };
    const banned = await Promise.all([read(0, 'eve'), read(1, 'eve')]);
    const others = await Promise.all([read(0, 'bob'), read(1, 'bob')]);
    // Each has a bus of its own, in its memory: the other hears of a ban from the store alone.
    const answer = await nodes[0].call(
      'PUT',
      '/v1/channels/lobby/bans/eve',
      { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      JSON.stringify({ seconds: 600, reason: 'spam' }),
    );
    expect(answer.status).toBe(200);
    for (const stream of banned)
      expect(await stream.text()).toMatch(/event: denied\ndata: {"reason":"banned","channel":"lobby"/);
    // Everybody else still reads what is posted after the ban.
    const said = await nodes[0].call('POST', '/c/lobby', await bearer({ sub: 'bob' }), 'after the ban');
    expect(said.status).toBe(201);
    for (const stream of others) await untilItHas(stream, 'after the ban');
  });
});

/** Reads a stream up to these words; rejects where it ends before. */
async function untilItHas(stream: Response, words: string): Promise<void> {
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes(words)) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) throw new Error(`the stream ended:\n${text}`);
    text += value;
  }
  expect(text).not.toContain('event: denied');
  await reader?.cancel();
}
