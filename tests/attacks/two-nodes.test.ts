import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { good, hs256, SECRET } from '../../packages/auth/test/tokens.ts';
import { type Postgres, postgresInstalled, startPostgres } from '../servers/postgres.ts';
import { shortest } from '../shortest.ts';
import { startTarget, type Target } from './stage.ts';

/** From an end that is answered to the last event on another node. */
const ENDED_WITHIN_MS = 1_000;

describe.runIf(postgresInstalled)('two nodes of one store', { timeout: 120_000 }, () => {
  let postgres: Postgres;
  let nodes: [Target, Target];
  const bearer = async (jti: string) => ({ Authorization: `Bearer ${await hs256(good({ jti }))}` });

  beforeAll(async () => {
    postgres = await startPostgres();
    const env = {
      AUTH: 'jwt',
      JWT_SECRET: SECRET,
      HISTORY_URL: postgres.url,
      SESSION_SECRET: 'a secret that both nodes have',
    };
    nodes = [await startTarget(env), await startTarget(env)];
  });

  afterAll(async () => {
    for (const node of nodes ?? []) await node.close();
    await postgres?.stop();
  });

  it('take a ticket once together, however it is raced', async () => {
    for (let round = 0; round < 5; round++) {
      const issued = await nodes[0].call('POST', '/v1/tickets', await bearer(`round ${round}`));
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
    let sessions = 0;
    const took = await shortest(ENDED_WITHIN_MS, async () => {
      sessions += 1;
      const made = await nodes[0].call('POST', '/v1/session', await bearer(`session ${sessions}`));
      const cookie = made.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      const stream = await fetch(`${nodes[1].url}/v1/channels/lobby/stream`, { headers: { Cookie: cookie } });
      const reading = stream.text();
      const out = await nodes[0].call('DELETE', '/v1/session', { Cookie: cookie });
      const since = performance.now();
      expect(out.status).toBe(200);
      expect(await reading).toMatch(/event: denied\ndata: {"reason":"revoked"/);
      const endedAfter = performance.now() - since;
      for (const node of nodes) {
        const answer = await node.call('GET', '/v1/channels/lobby/messages', { Cookie: cookie });
        expect(answer.code).toBe('unauthenticated');
      }
      return endedAfter;
    });
    expect(took).toBeLessThan(ENDED_WITHIN_MS);
  });
});
